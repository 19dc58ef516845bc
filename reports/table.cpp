#include "reports/table.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::report {
namespace {

constexpr std::size_t widest = 160;
const std::string indent = "  ";
const std::string gap = "  ";

std::string right(const std::string& text, std::size_t columns) {
    return std::string(columns - std::min(columns, width(text)), ' ') + text;
}

std::string left(const std::string& text, std::size_t columns) {
    return text + std::string(columns - std::min(columns, width(text)), ' ');
}

}  // namespace

std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void Table::block(std::string title) { rows_.push_back({std::move(title), {}}); }

void Table::row(std::string label, std::vector<std::string> values) {
    BROKERSIM_CHECK(values.size() == columns_.size(), "{} values for {} columns", values.size(), columns_.size());
    rows_.push_back({std::move(label), std::move(values)});
}

std::string Table::part(std::size_t begin, std::size_t end, std::size_t label_width,
                        const std::vector<std::size_t>& widths) const {
    std::string out = left("", indent.size() + label_width);
    for (std::size_t i = begin; i < end; ++i) out += gap + right(columns_[i], widths[i]);
    out += '\n';
    for (const auto& row : rows_) {
        if (row.values.empty()) {
            out += row.label;
        } else {
            out += indent + left(row.label, label_width);
            for (std::size_t i = begin; i < end; ++i) out += gap + right(row.values[i], widths[i]);
        }
        out += '\n';
    }
    return out;
}

std::string Table::text() const {
    std::size_t label_width = 0;
    std::vector<std::size_t> widths;
    for (const auto& head : columns_) widths.push_back(width(head));
    for (const auto& row : rows_) {
        if (row.values.empty()) continue;
        label_width = std::max(label_width, width(row.label));
        for (std::size_t i = 0; i < row.values.size(); ++i) widths[i] = std::max(widths[i], width(row.values[i]));
    }
    std::string out;
    std::size_t begin = 0;
    do {
        std::size_t end = begin;
        std::size_t wide = indent.size() + label_width;
        while (end < columns_.size() && (end == begin || wide + gap.size() + widths[end] <= widest))
            wide += gap.size() + widths[end++];
        if (begin > 0) out += '\n';
        out += part(begin, end, label_width, widths);
        begin = end;
    } while (begin < columns_.size());
    return out;
}

}  // namespace brokersim::report
