#pragma once

#include <map>
#include <string>
#include <vector>

#include "live/store/layout.h"

namespace brokersim::live::testing {

/// A directory of this test alone, removed at the end.
class TestDirectory {
public:
    TestDirectory();
    ~TestDirectory();
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;

    const std::string& root() const { return root_; }
    void write(const std::string& path, const std::string& content) const;
    std::string read(const std::string& path) const;
    /// All regular files below the root, by path within it.
    std::map<std::string, std::string> files() const;

private:
    std::string root_;
};

/// A store of the vectors that the real Java store wrote (tests/vectors/store/README.md), unpacked.
class UnpackedStore : public TestDirectory {
public:
    /// `lines` names the dump of it: "expected" or "recovered".
    UnpackedStore(const std::string& name, const std::string& lines);

    /// The lines that a dump prints too, as they stand in the vector: msg, blank, cq, indexFile.
    std::vector<std::string> lines(const std::vector<std::string>& kinds) const;
    /// Changes one byte of a file.
    void flip(const std::string& path, std::size_t offset, unsigned char bits) const;
    /// The store's layout; it must be one.
    StoreLayout layout() const;

private:
    std::vector<std::string> lines_;
};

}  // namespace brokersim::live::testing
