#include "sim/file.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "core/check.h"
#include "core/draw.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t most_faulted_in = 64;  // pages
constexpr std::uint64_t pages_in_huge = 512;

constexpr std::uint64_t pages_of(std::uint64_t size) { return (size + page_size - 1) / page_size; }

}  // namespace

File::File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, Extent extent)
    : store_(std::move(store)),
      name_(name),
      size_(size),
      extent_(extent),
      touched_(pages_of(size)),
      platter_(pages_of(size)) {}

File::File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, std::string real_path)
    : store_(std::move(store)),
      name_(name),
      size_(size),
      real_path_(std::move(real_path)),
      touched_(pages_of(size)),
      platter_(pages_of(size)) {}

File::~File() {
    leave_cache();
    store_->count_pages(-touched_pages_);
    if (extent_.data != nullptr) store_->release(extent_);
}

void File::attach(PageCache& cache) {
    if (cached_ != nullptr) return;
    cache_ = &cache;
    cached_ = &cache.add(this, size_);
    note_stored();
}

void File::note_stored() {
    if (cached_ == nullptr) return;
    touched_.each([this](std::uint64_t page) { cache_->take_as_stored(*cached_, page * page_size, 1); });
}

void File::take_cached(File& old) {
    if (old.cached_ == nullptr) return;
    cache_ = old.cache_;
    cached_ = std::exchange(old.cached_, nullptr);
    cache_->set_owner(*cached_, this);
    cache_->unmap(*cached_);
    cache_->resize(*cached_, size_);
    touched_.each([this](std::uint64_t page) {
        if (platter_.dirty(page)) cache_->mark_dirty(*cached_, page * page_size);
    });
}

void File::close_region() {
    if (--regions_ > 0 || cached_ == nullptr) return;
    cache_->unmap(*cached_);
    if (!named_) leave_cache();
}

void File::set_named(bool named) {
    named_ = named;
    if (named && cache_ != nullptr) attach(*cache_);
    if (!named && regions_ == 0) leave_cache();
}

void File::leave_cache() {
    if (cached_ != nullptr) cache_->drop(*std::exchange(cached_, nullptr));
}

FileResult<void> File::map() {
    if (mappings_ == 0 && !real_path_.empty()) {
        auto mapped = store_->map_file(real_path_, size_, false);
        if (!mapped) return std::unexpected(mapped.error());
        extent_ = *mapped;
    }
    ++mappings_;
    return {};
}

void File::unmap() {
    BROKERSIM_CHECK(mappings_ > 0, "not mapped");
    --mappings_;
    if (mappings_ > 0 || real_path_.empty() || extent_.data == nullptr) return;
    store_->unmap_file(extent_);
    extent_ = {};
}

Platter::Flush File::begin_flush(std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return {};
    return platter_.begin_flush(offset / page_size, (offset + length - 1) / page_size);
}

void File::end_flush_astray(FlushNumber number, std::uint64_t offset, std::uint64_t length, std::uint64_t draw) {
    const std::uint64_t first = offset / page_size;
    const std::uint64_t from = first + below(draw, (offset + length - 1) / page_size - first + 1);
    const auto to = touched_page(below(mix64(draw), touched_pages()));
    if (number == 0 || !to || *to == from || !touched_.test(from)) return end_flush(number, Platter::FlushEnd::written);
    platter_.end_flush_astray(number, from, *to, touched_, extent_.data);
}

void File::copy_from(const File& other) {
    const std::uint64_t kept = std::min(size_, other.size_);
    const std::uint64_t pages = pages_of(kept);
    other.touched_.each([&](std::uint64_t page) {
        if (page >= pages) return;
        const std::uint64_t at = page * page_size;
        const std::uint64_t length = std::min(kept - at, page_size);
        touch(at, length);
        std::memcpy(extent_.data + at, other.extent_.data + at, length);
    });
    take_as_written();
    platter_.take_over(other.platter_, pages, touched_);
}

void File::take_as_durable() {
    touch(0, size_);
    take_as_written();
    if (size_ > 0) platter_.take_as_durable(0, pages_of(size_) - 1);
    note_stored();
}

std::optional<std::uint64_t> File::touched_page(std::uint64_t n) const {
    std::optional<std::uint64_t> found;
    touched_.each([&](std::uint64_t page) {
        if (n-- == 0) found = page;
    });
    return found;
}

bool File::unpaid(const void* reader, std::uint64_t offset, std::uint64_t length) const {
    return std::any_of(unpaid_.begin(), unpaid_.end(), [&](const UnpaidRange& range) {
        return range.handler != reader && offset < range.offset + range.length && range.offset < offset + length;
    });
}

void File::count_touched(std::int64_t pages) {
    touched_pages_ += pages;
    store_->count_pages(pages);
}

/// Where a file in memory grows page by page, the kernel is asked for its next pages together, or for a huge page: that
/// costs a fraction of a fault for each. At most as many as the file has already, so that small files stay small.
void File::fault_in_ahead(std::uint64_t page) {
    if (page < faulted_in_ || page == 0 || !touched_.test(page - 1) || !real_path_.empty()) return;
    std::byte* const data = extent_.data + page * page_size;
    const std::uint64_t left = pages_of(size_) - page;
    const auto has = static_cast<std::uint64_t>(touched_pages_);
    const std::uint64_t to_huge = pages_in_huge - reinterpret_cast<std::uintptr_t>(data) / page_size % pages_in_huge;
    const bool huge = to_huge == pages_in_huge && pages_in_huge <= std::min(has, left);
    const std::uint64_t pages = huge ? pages_in_huge : std::min({most_faulted_in, to_huge, has, left});
    faulted_in_ = page + pages;
    // A kernel that does not know this refuses; then the pages come one by one.
    if (huge) (void)::madvise(data, pages * page_size, MADV_HUGEPAGE);
    (void)::madvise(data, pages * page_size, MADV_POPULATE_WRITE);
}

FileResult<Mapping> Mapping::of(FilePtr file) {
    if (auto mapped = file->map(); !mapped) return std::unexpected(mapped.error());
    return Mapping(std::move(file));
}

}  // namespace brokersim::sim
