#include "tests/end_to_end/program.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

namespace brokersim::testing {

Ended brokersim(const std::string& arguments, const std::string& before, const std::string& input) {
    const Scratch scratch;
    const std::string command = before + " '" BROKERSIM_PROGRAM "' " + arguments + " >'" + scratch.path("out") +
                                "' 2>'" + scratch.path("err") + "' <'" + input + "'";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status, read(scratch.path("out")),
            read(scratch.path("err"))};
}

Scratch::Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "brokersim-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

std::string Scratch::write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
}

std::string read(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

std::string essence(const std::string& result_path) {
    auto json = nlohmann::ordered_json::parse(read(result_path));
    for (auto& run : json["runs"]) run.erase("host");
    return json.dump(1);
}

}  // namespace brokersim::testing
