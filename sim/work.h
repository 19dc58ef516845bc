#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/callback.h"
#include "core/host.h"
#include "sim/file.h"
#include "sim/io_debt.h"
#include "sim/pool.h"
#include "sim/types.h"

namespace brokersim::sim {

class Process;

/// Something that a process will run as a handler.
struct Work {
    using LaneTask = Callback<void(LaneServer)>;

    Work* next = nullptr;
    Process* process = nullptr;
    std::variant<Task, LaneTask> call;  // a LaneTask gets a server of `lane`, which is taken already
    Lane lane{};
    WorldTime since{};  // of a LaneTask: when it began to wait; then, when it got its server
    TimerId timer;      // if it came from a timer
};

/// Work in order: a list linked through the work itself.
struct WorkQueue {
    Work* head = nullptr;
    Work* tail = nullptr;

    bool empty() const { return head == nullptr; }
    void push(Work& work) {
        work.next = nullptr;
        (head == nullptr ? head : tail->next) = &work;
        tail = &work;
    }
    Work* pop() {
        Work* first = head;
        if (first != nullptr) head = first->next;
        return first;
    }
    /// Moves all of `other` to the end of this.
    void append(WorkQueue& other) {
        if (other.head == nullptr) return;
        (head == nullptr ? head : tail->next) = other.head;
        tail = other.tail;
        other.head = nullptr;
    }
};

/// A handler that has run, or runs, and what it owes. See core/host.h: it has ended when all of that is paid.
struct Handler final : Sleeper {
    struct Write {
        MappedRegionPtr region;  // keeps the bytes mapped
        File* file;
        std::uint64_t offset;
        std::uint64_t length;
        enum class Former : std::uint8_t { unknown, saved, zero };
        Former former;         // what the bytes were before
        std::size_t saved_at;  // where in `saved` they lie
    };
    enum class Stage : std::uint8_t { running, io, queued, on_core, held };  // held: of a paused process

    Handler* next = nullptr;  // in the queue for a core, or in the pool
    Handler* earlier = nullptr;
    Handler* later = nullptr;  // among the unpaid handlers of its process
    Process* process = nullptr;
    std::int64_t cpu_left = 0;  // ns
    IoDebt io;
    WorldTime stage_began{};  // io, on_core
    TimerId timer;            // end of the present stage
    Stage stage = Stage::running;
    WorkQueue paid;                                 // to run when all is paid
    std::uint32_t lanes_freed = 0;                  // a bit for each lane with servers to be freed then
    std::array<std::uint16_t, lane_count> freed{};  // how many
    std::vector<Write> writes;
    std::vector<std::byte> saved;  // former content of what was written

    /// What it waited for in the page cache is there.
    void woken() override;
};

struct WorkPools {
    Pool<Work> work;
    Pool<Handler> handlers;
};

}  // namespace brokersim::sim
