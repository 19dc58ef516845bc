#include "core/store/checkpoint.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/store/big_endian.h"

namespace brokersim::store {
namespace {

constexpr std::uint64_t file_size = 4096;
constexpr std::uint64_t used_size = 40;
const std::string path = "checkpoint";

}  // namespace

FileResult<void> Checkpoint::load() {
    auto found = host_.map(path);
    if (!found && found.error().code == FileErrorCode::not_found) found = host_.create(path, file_size);
    // The real broker maps 4096 bytes whatever is there; a shorter file grows.
    const bool empty = !found && found.error().code == FileErrorCode::wrong_size;
    if (empty || (found && (*found)->size() < file_size)) {
        if (auto grown = host_.set_length(path, file_size); !grown) return grown;
        found = host_.map(path);
    }
    if (!found) return std::unexpected(std::move(found.error()));
    file_ = std::move(*found);
    const auto bytes = file_->read(0, used_size);
    values = {.physic_time = load_big<std::int64_t>(bytes.data()),
              .logics_time = load_big<std::int64_t>(bytes.data() + 8),
              .index_time = load_big<std::int64_t>(bytes.data() + 16),
              .master_flushed_offset = load_big<std::int64_t>(bytes.data() + 24),
              .confirm_offset = load_big<std::int64_t>(bytes.data() + 32)};
    written_ = values;
    return {};
}

std::int64_t Checkpoint::min_time() const {
    return std::max<std::int64_t>(3000, std::min(values.physic_time, values.logics_time)) - 3000;
}

void Checkpoint::flush(Callback<void(FileResult<void>)> done) {
    BROKERSIM_CHECK(file_ != nullptr && !flushing_, "the checkpoint can't be flushed now");
    const auto bytes = file_->write(0, used_size);
    save_big(bytes.data(), values.physic_time);
    save_big(bytes.data() + 8, values.logics_time);
    save_big(bytes.data() + 16, values.index_time);
    save_big(bytes.data() + 24, values.master_flushed_offset);
    save_big(bytes.data() + 32, values.confirm_offset);
    written_ = values;
    flushing_ = true;
    host_.paid([this, done = std::move(done)]() mutable {
        file_->flush(0, used_size, [this, done = std::move(done)](FileResult<void> result) mutable {
            flushing_ = false;
            done(std::move(result));
        });
    });
}

}  // namespace brokersim::store
