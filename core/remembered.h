#pragma once

#include <memory>
#include <utility>

namespace brokersim {

/// What follows from the immutable object that it is a member of: worked out by whoever asks first, kept for all who
/// share the object. A copy of the object starts without it, because copies are made to be changed. For one thread.
template <class Result>
class Remembered {
public:
    Remembered() = default;
    Remembered(const Remembered&) {}
    Remembered(Remembered&&) noexcept {}
    Remembered& operator=(const Remembered&) {
        result_.reset();
        return *this;
    }
    Remembered& operator=(Remembered&&) noexcept {
        result_.reset();
        return *this;
    }

    /// The result of `make()`, which must be the same whoever asks. Valid as long as the object.
    template <class Make>
    const Result& get(Make&& make) const {
        if (!result_) result_ = std::make_unique<Result>(std::forward<Make>(make)());
        return *result_;
    }

private:
    mutable std::unique_ptr<const Result> result_;
};

}  // namespace brokersim
