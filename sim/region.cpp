#include "sim/region.h"

#include <cstring>

#include "core/check.h"
#include "sim/files.h"
#include "sim/process.h"

namespace brokersim::sim {
namespace {

/// Former contents longer than this are not kept: such a write is never torn by a kill.
constexpr std::uint64_t longest_saved = 1 << 20;

}  // namespace

void Region::require_inside(std::uint64_t offset, std::uint64_t length) const {
    BROKERSIM_CHECK(offset <= size() && length <= size() - offset, "{}+{} of {} bytes in {}", offset, length, size(),
                    process_.world().names().text(mapping_.file().name()));
}

std::span<const std::byte> Region::read(std::uint64_t offset, std::uint64_t length) {
    require_inside(offset, length);
    Handler& reader = process_.handler();
    const StorageOptions& storage = process_.world().options().storage;
    File& file = mapping_.file();
    if (process_.world().options().check_unpaid)
        BROKERSIM_CHECK(!file.unpaid(&reader, offset, length), "{} reads {}+{} of {}, which is not paid for",
                        process_.node_name(), offset, length, process_.world().names().text(file.name()));
    file.touch(offset, length);
    if (CachedFile* cached = file.cached(); cached == nullptr)
        reader.io.add_time(storage.read_cost);
    else if (length > 0 && !cached->hit_to_read(offset, length))
        process_.machine().page_cache->read(*cached, offset, length, reader.io);
    return mapping_.bytes().subspan(offset, length);
}

std::span<std::byte> Region::write(std::uint64_t offset, std::uint64_t length) {
    require_inside(offset, length);
    Handler& writer = process_.handler();
    const WorldOptions& options = process_.world().options();
    File& file = mapping_.file();
    const std::span<std::byte> bytes = mapping_.bytes().subspan(offset, length);
    if (length == 0) return bytes;
    using Former = Handler::Write::Former;
    Former former = Former::zero;
    if (offset < file.written_end()) former = length <= longest_saved ? Former::saved : Former::unknown;
    if (!options.torn_writes) former = Former::unknown;
    writer.writes.push_back({MappedRegionPtr(this), &file, offset, length, former, writer.saved.size()});
    if (former == Former::saved) writer.saved.insert(writer.saved.end(), bytes.begin(), bytes.end());
    file.touch_to_write(offset, length, process_.files().newest_change());
    file.set_modified(process_.wall_ms());
    if (CachedFile* cached = file.cached(); cached == nullptr)
        writer.io.add_time(options.storage.write_cost);
    else if (!cached->hit_to_write(offset, length))
        process_.machine().page_cache->write(*cached, offset, length, writer.io);
    return bytes;
}

void Region::flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) {
    require_inside(offset, length);
    process_.flush(FilePtr(&mapping_.file()), offset, length, std::move(done));
}

}  // namespace brokersim::sim
