#include "live/calibrate/place.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "live/calibrate/probe_file.h"

namespace brokersim::live {
namespace {

struct FileSystem {
    std::uint32_t magic;
    const char* name;
    enum Kind : std::uint8_t { disk, memory, layered, remote } kind;
};

constexpr std::array file_systems{
    FileSystem{0xEF53, "ext4", FileSystem::disk},           FileSystem{0x58465342, "xfs", FileSystem::disk},
    FileSystem{0x9123683E, "btrfs", FileSystem::disk},      FileSystem{0xF2F52010, "f2fs", FileSystem::disk},
    FileSystem{0x2FC12FC1, "zfs", FileSystem::disk},        FileSystem{0x01021994, "tmpfs", FileSystem::memory},
    FileSystem{0x858458F6, "ramfs", FileSystem::memory},    FileSystem{0x958458F6, "hugetlbfs", FileSystem::memory},
    FileSystem{0x794C7630, "overlay", FileSystem::layered}, FileSystem{0x6969, "nfs", FileSystem::remote},
    FileSystem{0x65735546, "fuse", FileSystem::remote},     FileSystem{0xFF534D42, "cifs", FileSystem::remote},
    FileSystem{0xFE534D42, "smb2", FileSystem::remote},     FileSystem{0x01021997, "9p", FileSystem::remote},
    FileSystem{0x00C36400, "ceph", FileSystem::remote},
};

std::int64_t number_in(const std::string& path) {
    std::int64_t number = -1;
    std::ifstream(path) >> number;
    return number;
}

std::int64_t readahead_of(dev_t device) {
    const std::string block = fmt::format("/sys/dev/block/{}:{}/", major(device), minor(device));
    for (const char* queue : {"queue/read_ahead_kb", "../queue/read_ahead_kb"})  // of a disk, of its part
        if (const std::int64_t kib = number_in(block + queue); kib >= 0) return kib << 10;
    return -1;
}

}  // namespace

std::int64_t MemoryFacts::dirty_limit() const {
    if (hard_bytes > 0) return hard_bytes;
    return available < 0 || hard_ratio < 0 ? -1 : available / 100 * hard_ratio;
}

std::expected<Place, std::string> look_at(const std::string& directory) {
    struct statfs system{};
    struct stat node{};
    if (statfs(directory.c_str(), &system) != 0 || stat(directory.c_str(), &node) != 0)
        return std::unexpected(errno_text(directory));
    if (!S_ISDIR(node.st_mode)) return std::unexpected(directory + ": not a directory");
    Place place;
    place.free_bytes = static_cast<std::uint64_t>(system.f_bavail) * static_cast<std::uint64_t>(system.f_bsize);
    place.readahead = readahead_of(node.st_dev);
    const auto magic = static_cast<std::uint32_t>(system.f_type);
    place.file_system = fmt::format("file system {:#x}", magic);
    for (const FileSystem& known : file_systems) {
        if (known.magic != magic) continue;
        place.file_system = known.name;
        place.in_memory = known.kind == FileSystem::memory;
        place.layered = known.kind == FileSystem::layered;
        place.remote = known.kind == FileSystem::remote;
    }
    return place;
}

MemoryFacts read_memory_facts() {
    MemoryFacts facts;
    std::ifstream info("/proc/meminfo");
    for (std::string line; std::getline(info, line);) {
        std::istringstream words(line);
        std::string name;
        std::int64_t kib = -1;
        words >> name >> kib;
        if (name == "MemTotal:") facts.total = kib << 10;
        if (name == "MemAvailable:") facts.available = kib << 10;
    }
    const std::string vm = "/proc/sys/vm/";
    facts.background_ratio = number_in(vm + "dirty_background_ratio");
    facts.background_bytes = number_in(vm + "dirty_background_bytes");
    facts.hard_ratio = number_in(vm + "dirty_ratio");
    facts.hard_bytes = number_in(vm + "dirty_bytes");
    return facts;
}

}  // namespace brokersim::live
