#include "reports/table.h"

#include <algorithm>

#include "core/check.h"

namespace brokersim::report {
namespace {

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

std::string Table::text() const {
    std::size_t label_width = 0;
    std::vector<std::size_t> widths;
    for (const auto& head : columns_) widths.push_back(width(head));
    for (const auto& row : rows_) {
        if (row.values.empty()) continue;
        label_width = std::max(label_width, width(row.label));
        for (std::size_t i = 0; i < row.values.size(); ++i) widths[i] = std::max(widths[i], width(row.values[i]));
    }
    const std::string indent = "  ";
    std::string out = left("", indent.size() + label_width);
    for (std::size_t i = 0; i < columns_.size(); ++i) out += "  " + right(columns_[i], widths[i]);
    out += '\n';
    for (const auto& row : rows_) {
        if (row.values.empty()) {
            out += row.label;
        } else {
            out += indent + left(row.label, label_width);
            for (std::size_t i = 0; i < row.values.size(); ++i) out += "  " + right(row.values[i], widths[i]);
        }
        out += '\n';
    }
    return out;
}

}  // namespace brokersim::report
