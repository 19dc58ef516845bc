#include "live/store/index_division.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "core/store/big_endian.h"
#include "core/store/index_format.h"
#include "live/store/file_window.h"
#include "live/store/layout.h"

namespace brokersim::live {
namespace {

namespace format = store::index_format;

constexpr std::int64_t default_slots = 5'000'000;
constexpr std::int64_t default_entries = 20'000'000;
constexpr std::int64_t entries_tried = 64;  // of a file, at each end

struct Entry {
    std::int32_t hash;
    std::int64_t offset;
    std::int32_t previous;
};

/// One index file whose division is not known.
class Candidate {
public:
    explicit Candidate(std::int64_t size) : size_(size), first_(1 << 16), last_(1 << 16), slots_(4096) {}

    bool open(const std::string& path) {
        if (!first_.open(path) || !last_.open(path) || !slots_.open(path)) return false;
        const auto header = first_.at(0, format::header_size);
        if (!header || header->size() < static_cast<std::size_t>(format::header_size)) return false;
        first_offset_ = store::load_big<std::int64_t>(header->data() + format::begin_offset_at);
        last_offset_ = store::load_big<std::int64_t>(header->data() + format::end_offset_at);
        count_ = store::load_big<std::int32_t>(header->data() + format::count_at);
        return true;
    }
    /// How many entries the header tells of.
    std::int64_t used() const { return std::max<std::int64_t>(0, count_ - std::int64_t{1}); }

    /// Whether the content bears out a division into `slots` and the entries that the file then has room for.
    bool fits(std::int64_t slots) {
        const std::int64_t entries = entries_for(slots);
        if (entries < count_ || !ends_fit(slots)) return false;
        const std::int64_t tried = std::min(used(), entries_tried);
        for (std::int64_t i = 0; i < tried; ++i)
            if (!entry_fits(first_, slots, 1 + i) || !entry_fits(last_, slots, used() - i)) return false;
        return true;
    }
    /// Room for entries behind so many slots; 0 if the rest is no whole number of them.
    std::int64_t entries_for(std::int64_t slots) const {
        const std::int64_t rest = size_ - format::slot_at(slots);
        return slots < 1 || rest < format::entry_size || rest % format::entry_size != 0 ? 0 : rest / format::entry_size;
    }

private:
    static std::optional<Entry> entry(FileWindow& window, std::int64_t slots, std::int64_t number) {
        const auto bytes = window.at(format::entry_at(slots, number), format::entry_size);
        if (!bytes || bytes->size() < static_cast<std::size_t>(format::entry_size)) return std::nullopt;
        return Entry{store::load_big<std::int32_t>(bytes->data() + format::entry_hash_at),
                     store::load_big<std::int64_t>(bytes->data() + format::entry_offset_at),
                     store::load_big<std::int32_t>(bytes->data() + format::entry_previous_at)};
    }
    bool ends_fit(std::int64_t slots) {
        const auto first = entry(first_, slots, 1);
        if (!first || first->offset != first_offset_ || first->previous != 0) return false;
        const auto last = entry(last_, slots, used());
        return last && last->offset == last_offset_;
    }
    bool entry_fits(FileWindow& window, std::int64_t slots, std::int64_t number) {
        const auto found = entry(window, slots, number);
        if (!found || found->hash < 0 || found->offset < first_offset_ || found->offset > last_offset_) return false;
        if (found->previous < 0 || found->previous >= number) return false;
        const auto slot = slots_.at(format::slot_at(found->hash % slots), format::slot_size);
        if (!slot || slot->size() < static_cast<std::size_t>(format::slot_size)) return false;
        const auto newest = store::load_big<std::int32_t>(slot->data());
        return newest >= number && newest < count_;
    }

    std::int64_t size_;
    FileWindow first_;  // stays near the first entries, and last_ near the last ones
    FileWindow last_;
    FileWindow slots_;
    std::int64_t first_offset_ = 0;
    std::int64_t last_offset_ = 0;
    std::int32_t count_ = 0;
};

/// The size that most of the files have; of several the largest.
std::int64_t usual_size(const std::vector<StoreFile>& files) {
    std::map<std::int64_t, int> count;
    std::int64_t usual = 0;
    for (const StoreFile& file : files) ++count[file.size];
    for (const auto& [size, files_of_it] : count)
        if (usual == 0 || files_of_it >= count[usual]) usual = size;
    return usual;
}

/// Paths of the files of that size which hold entries, as their headers tell it; those with most, which tell most,
/// before others.
std::vector<std::string> telling_files(const std::string& root, const std::vector<StoreFile>& files,
                                       std::int64_t size) {
    std::multimap<std::int64_t, std::string, std::greater<>> found;
    for (const StoreFile& file : files) {
        const std::string path = root + "/" + file.path;
        Candidate candidate(size);
        if (file.size == size && candidate.open(path) && candidate.used() > 0) found.emplace(candidate.used(), path);
    }
    std::vector<std::string> paths;
    for (auto& [used, path] : found) paths.push_back(std::move(path));
    return paths;
}

/// The slots of a division that some file's content bears out, be the others damaged.
std::optional<std::int64_t> slots_borne_out(const std::vector<std::string>& paths, std::int64_t size,
                                            std::int64_t proportional) {
    for (const std::string& path : paths) {
        Candidate candidate(size);
        if (!candidate.open(path)) continue;
        for (const std::int64_t slots : {default_slots, proportional})
            if (candidate.fits(slots)) return slots;
    }
    // Any division: what slots leave must be whole entries, which every fifth number of slots does.
    const std::int64_t words = (size - format::header_size) / format::slot_size;
    for (const std::string& path : paths) {
        Candidate candidate(size);
        if (!candidate.open(path)) continue;
        for (std::int64_t slots = words % 5; slots < words; slots += 5)
            if (candidate.fits(slots)) return slots;
    }
    return std::nullopt;
}

}  // namespace

IndexDivision divide_index(const std::string& root, const std::vector<StoreFile>& files,
                           std::optional<std::int64_t> slots, std::optional<std::int64_t> entries) {
    if (slots && entries) return {*slots, *entries, true};
    const std::int64_t size = usual_size(files);
    const Candidate unread(size);
    if (slots) return {*slots, std::max<std::int64_t>(1, unread.entries_for(*slots)), true};
    if (entries) {
        const std::int64_t rest = size - format::header_size - *entries * format::entry_size;
        return {rest > 0 ? rest / format::slot_size : default_slots, *entries, true};
    }
    const std::int64_t proportional = (size - format::header_size) / (format::slot_size + 4 * format::entry_size);
    const auto telling = telling_files(root, files, size);
    if (const auto found = slots_borne_out(telling, size, proportional))
        return {*found, unread.entries_for(*found), true};
    const bool empty = telling.empty();
    if (unread.entries_for(proportional) > 0) return {proportional, unread.entries_for(proportional), empty};
    return {default_slots, default_entries, empty};
}

}  // namespace brokersim::live
