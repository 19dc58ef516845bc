#include "tests/store/slow_host.h"

#include <fmt/format.h>

namespace brokersim::store::testing {

class SlowHost::Region final : public MappedRegion {
public:
    Region(SlowHost& host, std::string path, MappedRegionPtr region)
        : host_(host), path_(std::move(path)), region_(std::move(region)) {}

    std::uint64_t size() const override { return region_->size(); }
    std::span<const std::byte> read(std::uint64_t offset, std::uint64_t length) override {
        return region_->read(offset, length);
    }
    std::span<std::byte> write(std::uint64_t offset, std::uint64_t length) override {
        return region_->write(offset, length);
    }
    void flush(std::uint64_t offset, std::uint64_t length, Callback<void(FileResult<void>)> done) override {
        region_->read(offset, length);
        host_.flushed.push_back(fmt::format("{} {} {}", path_, offset, length));
        host_.after(host_.flush_takes, [this, done = std::move(done)]() mutable {
            if (host_.flush_fails)
                done(std::unexpected(FileError{FileErrorCode::io, path_ + ": the disk says no"}));
            else
                done({});
        });
    }

private:
    SlowHost& host_;
    std::string path_;
    MappedRegionPtr region_;
};

FileResult<MappedRegionPtr> SlowHost::slow(const std::string& path, FileResult<MappedRegionPtr> region) {
    if (!region) return region;
    return MappedRegionPtr(new Region(*this, path, std::move(*region)));
}

}  // namespace brokersim::store::testing
