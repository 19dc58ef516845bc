#include "live/calibrate/calibrate.h"

#include <algorithm>

#include <fmt/format.h>

namespace brokersim::live {
namespace {

constexpr std::int64_t most_channels = 256;

std::optional<CalibrationError> complaint(const CalibrationOptions& options, const Place& place) {
    if (place.in_memory)
        return CalibrationError{
            fmt::format("{} is on {}: it lies in memory, and has no disk that could be measured; name a directory on a "
                        "disk with --dir",
                        options.directory, place.file_system),
            true};
    if (place.free_bytes / 2 < options.bytes)
        return CalibrationError{fmt::format("{} has {} MiB free; {} MiB are wanted, and as much must stay free",
                                            options.directory, place.free_bytes >> 20, options.bytes >> 20),
                                true};
    return std::nullopt;
}

/// The measurements one after the other, each with a share of the time.
class Calibration {
public:
    Calibration(const CalibrationOptions& options, ProbeFile& file, Measured& measured)
        : options_(options), file_(file), measured_(measured) {}

    std::expected<void, std::string> run() {
        measured_.direct = file_.direct() >= 0;
        for (const auto step :
             {&Calibration::write_sequentially, &Calibration::read_sequentially, &Calibration::write_at_random,
              &Calibration::read_at_random, &Calibration::read_at_once, &Calibration::touch, &Calibration::work})
            if (const auto done = (this->*step)(); !done) return done;
        return {};
    }

private:
    /// For so many hundredths of the time.
    Pace pace(std::string_view step, std::int64_t share) const {
        return {options_.ns / 100 * share, [this, step] { options_.tick(step); }};
    }

    template <class T>
    static std::expected<void, std::string> keep(Probed<T>&& probed, T& place) {
        if (!probed) return std::unexpected(probed.error());
        place = *std::move(probed);
        return {};
    }

    std::expected<void, std::string> drop() {
        const auto kept = file_.drop();
        if (!kept) return std::unexpected(kept.error());
        measured_.kept = std::max(measured_.kept, *kept);
        return {};
    }

    std::expected<void, std::string> write_sequentially() {
        return keep(live::write_sequentially(file_, options_.bytes, pace("sequential write", 25)),
                    measured_.sequential_write);
    }
    std::expected<void, std::string> read_sequentially() {
        if (const auto dropped = drop(); !dropped) return dropped;
        return keep(live::read_sequentially(file_, pace("sequential read", 15)), measured_.sequential_read);
    }
    std::expected<void, std::string> write_at_random() {
        return keep(live::write_at_random(file_, pace("random writes with fdatasync", 15)), measured_.random_write);
    }
    std::expected<void, std::string> read_at_random() {
        if (const auto dropped = drop(); !dropped) return dropped;
        return keep(live::read_at_random(file_, pace("random reads", 10)), measured_.random_read);
    }
    std::expected<void, std::string> read_at_once() {
        constexpr int counts[] = {4, 16, 64};
        for (const int threads : counts) {
            if (const auto dropped = drop(); !dropped) return dropped;
            const Pace each = pace("random reads at once", 4);
            each.tick();
            const auto reads = live::read_at_once(file_, threads, each.ns);
            if (!reads) return std::unexpected(reads.error());
            measured_.at_once.push_back({threads, *reads});
        }
        return {};
    }
    std::expected<void, std::string> touch() {
        return keep(touch_mapping(file_, pace("page faults", 7)), measured_.faults);
    }
    std::expected<void, std::string> work() {
        measured_.store = run_store(options_.directory, pace("the store's own work", 4));
        return {};
    }

    const CalibrationOptions& options_;
    ProbeFile& file_;
    Measured& measured_;
};

}  // namespace

int Measured::channels() const {
    std::int64_t most = 0;
    for (const AtOnce& at_once_ : at_once) most = std::max(most, at_once_.reads_per_second);
    const std::int64_t busy = (most * random_read.typical + 500'000'000) / 1'000'000'000;
    return static_cast<int>(std::clamp<std::int64_t>(busy, 1, most_channels));
}

std::expected<Measured, CalibrationError> calibrate(const CalibrationOptions& options) {
    Measured measured;
    const auto place = look_at(options.directory);
    if (!place) return std::unexpected(CalibrationError{place.error(), true});
    measured.place = *place;
    measured.memory = read_memory_facts();
    if (auto refused = complaint(options, *place)) return std::unexpected(*std::move(refused));
    auto file = ProbeFile::make(options.directory);
    if (!file) return std::unexpected(CalibrationError{file.error(), true});
    if (const auto done = Calibration(options, *file, measured).run(); !done)
        return std::unexpected(CalibrationError{fmt::format("{}: {}", options.directory, done.error())});
    return measured;
}

}  // namespace brokersim::live
