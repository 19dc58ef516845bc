#pragma once

#include <string>
#include <vector>

namespace brokersim::report {

/// A table for a terminal: a column of labels, then one column for each variant, right-aligned. Width is counted in
/// characters (UTF-8 code points), so that names in any language line up. What would be too wide to read is told in
/// several tables of some columns each, one under the other.
class Table {
public:
    /// `columns` are the heads over the value columns.
    explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

    /// A line that opens a block of rows.
    void block(std::string title);
    /// One row; `values` has as many entries as there are columns.
    void row(std::string label, std::vector<std::string> values);

    std::string text() const;

private:
    std::string part(std::size_t begin, std::size_t end, std::size_t label_width,
                     const std::vector<std::size_t>& widths) const;

    struct Row {
        std::string label;
        std::vector<std::string> values;  // empty: a block's title
    };
    std::vector<std::string> columns_;
    std::vector<Row> rows_;
};

/// Code points of a UTF-8 text.
std::size_t width(const std::string& text);

}  // namespace brokersim::report
