#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace brokersim::live {

/// Something wrong with a store.
struct Finding {
    std::string path;                    // of the file (or directory) within the store
    std::optional<std::int64_t> offset;  // of the byte in the file
    std::string what;                    // what is there and what was expected

    /// "path at offset: what"; bytes of a damaged name that would do something to a terminal are escaped.
    std::string text() const;
};

/// Passes findings on as they are made and remembers only how many there were. Of one file only the first few are
/// passed on; finish() says of each such file how many more there were.
class Findings {
public:
    using Listener = std::function<void(const Finding&)>;
    explicit Findings(Listener listener) : listener_(std::move(listener)) {}

    void add(std::string path, std::optional<std::int64_t> offset, std::string what);
    void finish();
    std::int64_t count() const { return count_; }

private:
    static constexpr std::int64_t most_of_a_file = 20;

    Listener listener_;
    std::int64_t count_ = 0;
    std::map<std::string, std::int64_t> of_file_;
};

}  // namespace brokersim::live
