#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace brokersim {

/// A move-only function object which keeps captures of up to `Capacity` bytes in itself: an event, a timer or a
/// continuation costs no heap allocation. Larger captures go to the heap. (std::move_only_function keeps two words.)
/// Calling an empty callback is undefined; test it with `if (callback)`.
template <class Signature, std::size_t Capacity = 64>
class Callback;

template <class R, class... Args, std::size_t Capacity>
class Callback<R(Args...), Capacity> {
public:
    Callback() = default;
    Callback(std::nullptr_t) {}

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> && std::is_invocable_r_v<R, F&, Args...>)
    Callback(F&& function) {
        using Target = std::remove_cvref_t<F>;
        if constexpr (fits<Target>) {
            ::new (static_cast<void*>(storage_)) Target(std::forward<F>(function));
            if constexpr (plain<Target>)
                table_ = &plain_table<Target>;
            else
                table_ = &inline_table<Target>;
        } else {
            ::new (static_cast<void*>(storage_)) Target*(new Target(std::forward<F>(function)));
            table_ = &heap_table<Target>;
        }
    }

    Callback(Callback&& other) noexcept { take(other); }
    Callback& operator=(Callback&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    ~Callback() { reset(); }

    explicit operator bool() const { return table_ != nullptr; }
    R operator()(Args... args) { return table_->call(storage_, std::forward<Args>(args)...); }

    void reset() {
        const Table* table = std::exchange(table_, nullptr);
        if (table != nullptr && table->destroy != nullptr) table->destroy(storage_);
    }

private:
    struct Table {
        R (*call)(void*, Args&&...);
        void (*move)(void* to, void* from) noexcept;  // leaves `from` destroyed; null: the bytes are all there is
        void (*destroy)(void*) noexcept;              // null: nothing to do
    };

    template <class F>
    static constexpr bool fits =
        sizeof(F) <= Capacity && alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

    template <class F>
    static constexpr bool plain = std::is_trivially_copyable_v<F> && std::is_trivially_destructible_v<F>;
    template <class F>
    static constexpr Table plain_table{
        [](void* at, Args&&... args) -> R { return (*static_cast<F*>(at))(std::forward<Args>(args)...); }, nullptr,
        nullptr};

    template <class F>
    static constexpr Table inline_table{
        [](void* at, Args&&... args) -> R { return (*static_cast<F*>(at))(std::forward<Args>(args)...); },
        [](void* to, void* from) noexcept {
            ::new (to) F(std::move(*static_cast<F*>(from)));
            static_cast<F*>(from)->~F();
        },
        [](void* at) noexcept { static_cast<F*>(at)->~F(); }};

    template <class F>
    static constexpr Table heap_table{
        [](void* at, Args&&... args) -> R { return (**static_cast<F**>(at))(std::forward<Args>(args)...); },
        [](void* to, void* from) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
        [](void* at) noexcept { delete *static_cast<F**>(at); }};

    void take(Callback& other) noexcept {
        table_ = std::exchange(other.table_, nullptr);
        if (table_ == nullptr) return;
        if (table_->move == nullptr)
            std::memcpy(storage_, other.storage_, Capacity);
        else
            table_->move(storage_, other.storage_);
    }

    alignas(std::max_align_t) std::byte storage_[Capacity];
    const Table* table_ = nullptr;
};

/// Something to do later.
using Task = Callback<void()>;

}  // namespace brokersim
