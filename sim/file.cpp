#include "sim/file.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/check.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t pages_of(std::uint64_t size) { return (size + page_size - 1) / page_size; }

/// Calls `visit(word, mask)` for each word of a bit set that holds some of the bits [first, last].
template <class Visit>
void each_word(std::uint64_t first, std::uint64_t last, Visit&& visit) {
    for (std::uint64_t word = first / 64; word <= last / 64; ++word) {
        std::uint64_t mask = ~0ULL;
        if (word == first / 64) mask &= ~0ULL << (first % 64);
        if (word == last / 64) mask &= ~0ULL >> (63 - last % 64);
        visit(word, mask);
    }
}

}  // namespace

std::int64_t PageSet::add_several(std::uint64_t first, std::uint64_t last) {
    std::int64_t added = 0;
    each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
        added += std::popcount(mask & ~words_[word]);
        words_[word] |= mask;
    });
    return added;
}

std::int64_t PageSet::remove(std::uint64_t first, std::uint64_t last) {
    std::int64_t removed = 0;
    each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
        removed += std::popcount(mask & words_[word]);
        words_[word] &= ~mask;
    });
    return removed;
}

std::uint64_t PageSet::end() const {
    for (std::size_t word = words_.size(); word-- > 0;)
        if (words_[word] != 0) return word * 64 + static_cast<std::uint64_t>(std::bit_width(words_[word]));
    return 0;
}

File::File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, Extent extent)
    : store_(std::move(store)),
      name_(name),
      size_(size),
      extent_(extent),
      touched_(pages_of(size)),
      dirty_(pages_of(size)) {}

File::File(std::shared_ptr<Store> store, NameId name, std::uint64_t size, std::string real_path)
    : store_(std::move(store)),
      name_(name),
      size_(size),
      real_path_(std::move(real_path)),
      touched_(pages_of(size)),
      dirty_(pages_of(size)) {}

File::~File() {
    store_->count_pages(-touched_pages_);
    if (extent_.data != nullptr) store_->release(extent_);
}

bool File::rewrite(std::string_view content) {
    if (mappings_ > 0 || pages_of(content.size()) != pages_of(size_) || content.empty()) return false;
    if (!real_path_.empty()) return false;
    if (size_ > content.size()) std::memset(extent_.data + content.size(), 0, size_ - content.size());
    size_ = content.size();
    std::memcpy(extent_.data, content.data(), content.size());
    touch_to_write(0, size_);
    return true;
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

std::uint64_t File::clean(std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return 0;
    const std::int64_t pages = dirty_.remove(offset / page_size, (offset + length - 1) / page_size);
    return static_cast<std::uint64_t>(pages) * page_size;
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

FileResult<Mapping> Mapping::of(FilePtr file) {
    if (auto mapped = file->map(); !mapped) return std::unexpected(mapped.error());
    return Mapping(std::move(file));
}

}  // namespace brokersim::sim
