#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cache_thread.h"

namespace brokersim::sim {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t pages_of_file = 100;
using Key = std::pair<int, std::uint64_t>;  // (file, page)

/// What reclaim, faults and flushes do, written down plainly. One disk operation is complete after the other.
class Model {
public:
    explicit Model(std::uint64_t capacity) : capacity_(capacity) {}

    void touch(const Key& key, bool write) {
        while (!pages.contains(key) && pages.size() == capacity_ && !make_room())
            complete_one();  // it sleeps until a page is clean
        if (!pages.contains(key)) {
            pages[key] = {};
            inactive_.push_front(key);
        }
        pages[key].young = true;
        pages[key].dirty = pages[key].dirty || write;
        while (!writes_.empty()) complete_one();
    }
    void flush(int file) {
        for (auto& [key, state] : pages)
            if (key.first == file) state.dirty = false;
    }
    std::set<Key> dirty() const {
        std::set<Key> found;
        for (const auto& [key, state] : pages)
            if (state.dirty) found.insert(key);
        return found;
    }

    struct State {
        bool dirty = false, young = false, referenced = false, writeback = false;
    };
    std::map<Key, State> pages;

private:
    void to_head(std::list<Key>& list, const Key& key) {
        inactive_.remove(key);
        active_.remove(key);
        list.push_front(key);
    }
    bool make_room() {
        const std::size_t most = 3 * pages.size() + 32;
        std::size_t freed = 0;
        for (std::size_t looked = 0; freed < 32 && looked < most; looked += 32) {
            if (inactive_.size() < active_.size())
                for (int n = 0; n < 32 && !active_.empty(); ++n) {
                    const Key last = active_.back();
                    pages[last].young = false;
                    to_head(inactive_, last);
                }
            for (int n = 0; n < 32 && !inactive_.empty(); ++n) freed += look_at(inactive_.back()) ? 1U : 0U;
        }
        return freed > 0;
    }
    bool look_at(const Key key) {
        State& state = pages[key];
        if (state.writeback) {
            to_head(inactive_, key);
        } else if (state.young) {
            state.young = false;
            to_head(state.referenced ? active_ : inactive_, key);
            state.referenced = !state.referenced;
        } else {
            state.referenced = false;
            if (!state.dirty) {
                inactive_.remove(key);
                pages.erase(key);
                return true;
            }
            to_head(inactive_, key);
            if (writes_.size() < 32) write_around(key);
        }
        return false;
    }
    bool goes(const Key& key) const {
        const auto found = pages.find(key);
        return found != pages.end() && found->second.dirty && !found->second.writeback;
    }
    void write_around(Key key) {
        while (key.second > 0 && goes({key.first, key.second - 1})) --key.second;
        std::vector<Key> run;
        for (; goes(key); ++key.second) run.push_back(key);
        for (const Key& one : run) {
            pages[one].dirty = false;
            pages[one].writeback = true;
        }
        writes_.push_back(run);
    }
    void complete_one() {
        for (const Key& key : writes_.front()) {
            State& state = pages[key];
            state.writeback = false;
            if (state.dirty || state.young || std::ranges::count(inactive_, key) == 0) continue;
            inactive_.remove(key);
            inactive_.push_back(key);
        }
        writes_.pop_front();
    }

    std::size_t capacity_;
    std::list<Key> inactive_, active_;  // the head is the front
    std::deque<std::vector<Key>> writes_;
};

struct Step {
    int what;  // 0..3 reads, 4..8 writes, 9 flush
    int file;
    std::uint64_t page;
};
rc::Gen<std::vector<Step>> steps() {
    const auto step = rc::gen::construct<Step>(
        rc::gen::inRange(0, 10), rc::gen::inRange(0, 3),
        rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 12), rc::gen::inRange<std::uint64_t>(0, pages_of_file)));
    return rc::gen::resize(400, rc::gen::container<std::vector<Step>>(step));
}

RC_GTEST_PROP(PageCacheProperty, HoldsWhatThePlainModelHolds, ()) {
    const auto capacity = *rc::gen::inRange<std::uint64_t>(4, 120);
    Engine engine;
    Disk disk(engine, {.channels = 1});
    PageCache cache(engine, disk, capacity * page,
                    {.background_bytes = 1 << 30,
                     .hard_bytes = 2LL << 30,
                     .wake_interval = Duration(0),
                     .min_free_bytes = 0,
                     .readahead_bytes = 0});
    Model model(capacity);
    std::vector<CachedFile*> files;
    for (int i = 0; i < 3; ++i) files.push_back(&cache.add(nullptr, pages_of_file * page));
    for (const Step& step : *steps()) {
        CachedFile& file = *files[static_cast<std::size_t>(step.file)];
        CacheThread thread(engine, cache);
        bool flushed = step.what != 9;
        if (step.what == 9) {
            model.flush(step.file);
            cache.flush(file, 0, file.bytes(), [&] { flushed = true; });
        } else {
            model.touch({step.file, step.page}, step.what >= 4);
            if (step.what >= 4)
                thread.write(file, step.page * page + 5, 100);
            else
                thread.read(file, step.page * page, page);
            thread.pay();
        }
        engine.run_until(engine.now() + Duration(1'000'000'000));
        RC_ASSERT(thread.debt.paid());
        RC_ASSERT(flushed);
        RC_ASSERT(cache.used_pages() <= capacity);
        std::set<Key> resident, dirty;
        for (int i = 0; i < 3; ++i)
            for (std::uint64_t p = 0; p < pages_of_file; ++p) {
                if (files[static_cast<std::size_t>(i)]->resident(p)) resident.insert({i, p});
                if (files[static_cast<std::size_t>(i)]->dirty(p)) dirty.insert({i, p});
            }
        std::set<Key> expected;
        for (const auto& [key, state] : model.pages) expected.insert(key);
        RC_ASSERT(resident == expected);
        RC_ASSERT(dirty == model.dirty());
    }
}

/// Counts what was written to a file since it was last on its way to the disk.
class Watcher final : public PageOwner {
public:
    std::uint64_t writeback_begins(std::uint64_t offset, std::uint64_t length) override {
        for (std::uint64_t at = offset / page; at < (offset + length + page - 1) / page; ++at) unwritten.erase(at);
        return ++begun;
    }
    void writeback_ended(std::uint64_t number) override { ended += number == 0 ? 0 : 1; }
    void cache_gone() override {}

    std::set<std::uint64_t> unwritten;
    std::uint64_t begun = 0, ended = 0;
};

/// Everything at once: throttled threads, the flusher, stalls, deaths, files that go. No dirty page is ever dropped,
/// and memory is never exceeded; at the end all is written.
RC_GTEST_PROP(PageCacheProperty, LosesNothingThatIsDirty, ()) {
    const auto capacity = *rc::gen::inRange<std::uint64_t>(40, 300);
    std::vector<std::unique_ptr<Watcher>> owners;
    Engine engine;
    Disk disk(engine, {.bytes_per_second = 40'000'000, .channels = *rc::gen::inRange(1, 4)});
    PageCache cache(engine, disk, capacity * page,
                    {.background_ratio = *rc::gen::inRange(1, 40),
                     .hard_ratio = *rc::gen::inRange(10, 100),
                     .expire = Duration(2'000'000'000),
                     .min_free_bytes = 4096,
                     .stable_pages = *rc::gen::arbitrary<bool>()});
    std::vector<CachedFile*> files;
    for (int i = 0; i < 3; ++i) {
        owners.push_back(std::make_unique<Watcher>());
        files.push_back(&cache.add(owners.back().get(), pages_of_file * page));
    }
    std::vector<std::unique_ptr<CacheThread>> threads;
    for (const Step& step : *steps()) {
        const auto which = static_cast<std::size_t>(step.file);
        Watcher& owner = *owners[which];
        if (step.what == 9 && step.page % 4 == 0) {
            disk.stall(Duration(300'000'000));
        } else if (step.what == 9 && step.page % 4 == 1 && !threads.empty()) {
            threads.back()->die();
        } else if (step.what == 9) {
            for (std::uint64_t p = 0; p < pages_of_file; ++p)
                if (files[which]->dirty(p)) owner.unwritten.erase(p);
            cache.flush(*files[which], 0, pages_of_file * page, [] {});
        } else {
            threads.push_back(std::make_unique<CacheThread>(engine, cache));
            const std::uint64_t length = std::min<std::uint64_t>(step.what + 1, pages_of_file - step.page) * page;
            if (step.what >= 4) {
                threads.back()->write(*files[which], step.page * page, length);
                for (std::uint64_t at = 0; at < length; at += page)
                    if (files[which]->dirty(step.page + at / page)) owner.unwritten.insert(step.page + at / page);
            } else {
                threads.back()->read(*files[which], step.page * page, length);
            }
            threads.back()->pay();
        }
        engine.run_until(engine.now() + Duration(static_cast<std::int64_t>(step.page) * 200'000));
        RC_ASSERT(cache.used_pages() <= capacity);
        std::uint64_t dirty = 0, resident = 0;
        for (std::size_t i = 0; i < files.size(); ++i) {
            for (const std::uint64_t p : owners[i]->unwritten) RC_ASSERT(files[i]->dirty(p) && files[i]->resident(p));
            for (std::uint64_t p = 0; p < pages_of_file; ++p) {
                dirty += files[i]->dirty(p) ? 1 : 0;
                resident += files[i]->resident(p) ? 1 : 0;
            }
        }
        RC_ASSERT(dirty == cache.dirty_pages());
        RC_ASSERT(resident == cache.used_pages());
    }
    engine.run_until(engine.now() + Duration(60'000'000'000));
    for (const auto& thread : threads) RC_ASSERT(thread->debt.paid());
    RC_ASSERT(cache.dirty_pages() == 0U);
    RC_ASSERT(cache.writeback_pages() == 0U);
    for (const auto& owner : owners) RC_ASSERT(owner->unwritten.empty() && owner->begun == owner->ended);
}

}  // namespace
}  // namespace brokersim::sim
