#pragma once

#include <filesystem>
#include <string>

namespace brokersim::testing {

struct Ended {
    int code = -1;
    std::string out;
    std::string err;
};

/// Runs the built program through a shell: `arguments` as a user would type them, `before` in front of the program
/// (environment), `input` the file that is its standard input.
Ended brokersim(const std::string& arguments, const std::string& before = "", const std::string& input = "/dev/null");

/// A directory of this test alone, removed at the end.
class Scratch {
public:
    Scratch();
    ~Scratch();
    std::string path(const std::string& name) const { return (root_ / name).string(); }
    /// Writes a file and gives its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path root_;
};

std::string read(const std::string& path);

/// A result.json without what it says of the machine that ran it.
std::string essence(const std::string& result_path);

inline const std::string small_scenario = BROKERSIM_SOURCE "/tests/end_to_end/small-rebalance.toml";

}  // namespace brokersim::testing
