#pragma once

// A stored value is detoasted and decoded once per row, however many of our functions look at it.
//
//   const Message &message = bridge::decoded<Message>(fcinfo, 0, [](std::string_view text) {
//       return bridge::take(hl7v2::Message::parse(text, bridge::limits()));
//   });
//
// There is one entry per decoded type and backend: the last value seen.  Ten calls on one row
// decode once; two columns of one type in turn decode each time, and are no worse off than
// without the cache.
//
// The key is the whole value as the function received it (length and bytes), never its address:
// the executor puts the next row's value where this one was.
//   - inline values, compressed or not, are their own key;
//   - an on-disk TOAST pointer names (table, value id, both sizes).  A value id is not given out
//     again while the value is visible to a running snapshot (TOAST chunks are removed by vacuum,
//     under the horizon of all snapshots), and ids come from the cluster's one counter: the same
//     pointer could only mean another value after vacuum and 2^32 new ids, within one transaction.
//     A rewritten table (VACUUM FULL, CLUSTER) keeps ids together with their values;
//   - pointers into memory (indirect and expanded values) are never kept.
//
// Where an answer depends on the front of the value alone, that much is compared (inquired()).
//
// The entry is dropped when the query that made it ends (its fn_mcxt goes) and at the end of the
// transaction, so nothing outlives what the argument above needs.

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "bridge/boundary.h"

namespace clinical::bridge {

// What does not depend on the decoded type.
class DecodeCacheBase {
public:
    DecodeCacheBase(const DecodeCacheBase &) = delete;
    DecodeCacheBase &operator=(const DecodeCacheBase &) = delete;

protected:
    DecodeCacheBase() = default;
    ~DecodeCacheBase() = default;  // never: caches live as long as the backend

    // Whether the entry may have been loaded from this value: one of its kind and size.
    [[nodiscard]] bool may_hold(const struct varlena *raw) const {
        return key_.data() && key_.size() == key_of(raw).size() && was_stored_ == is_toasted(raw);
    }

    // Whether it was loaded from these very bytes.
    [[nodiscard]] bool holds(const struct varlena *raw) const {
        return may_hold(raw) && std::memcmp(key_.data(), key_of(raw).data(), key_.size()) == 0;
    }

    // If it may: whether it was loaded from a value that begins, detoasted, with the same bytes.
    [[nodiscard]] bool holds_front(const struct varlena *raw, std::size_t size) const;

    // Forgets the entry and takes `raw`, detoasted, into the cache's own memory.  The result is
    // aligned for its type: a plain varlena header stands before it.
    std::string_view load(const struct varlena *raw);

    // After load(), once the decoded object exists: the entry may be found, until the query ends.
    void keep(const struct varlena *raw, FunctionCallInfo fcinfo);

private:
    static bool is_toasted(const struct varlena *raw) {
        return VARATT_IS_EXTERNAL(raw) || VARATT_IS_COMPRESSED(raw);
    }
    static std::string_view key_of(const struct varlena *raw) {
        if (is_toasted(raw)) return {reinterpret_cast<const char *>(raw), VARSIZE_ANY(raw)};
        return {VARDATA_ANY(raw), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(raw))};
    }

    struct Watch;

    virtual void destroy() noexcept = 0;  // the decoded object, which may view into the memory
    void take(const struct varlena *raw);
    void enlist();
    void drop() noexcept;
    static void at_transaction_end(XactEvent event, void *);

    std::string_view key_;              // in value_ or stored_; none: nothing is kept
    struct varlena *value_ = nullptr;   // detoasted
    struct varlena *stored_ = nullptr;  // as it came, when that was toasted
    std::size_t room_ = 0;              // bytes that value_ has place for, when it may be reused
    std::size_t stored_room_ = 0;       // the same of stored_
    bool was_stored_ = false;           // stored_ is of this value
    MemoryContext memory_ = nullptr;    // holds both
    bool watched_ = false;              // a query's end is awaited
    DecodeCacheBase *next_ = nullptr;   // all caches of the backend
    static DecodeCacheBase *first_;
};

template <typename T>
class DecodeCache final : DecodeCacheBase {
public:
    static DecodeCache &of_backend() {
        static auto &cache = *new DecodeCache;  // no destructor at exit
        return cache;
    }

    template <typename Decode>
    const T &get(FunctionCallInfo fcinfo, int n, Decode decode) {
        const struct varlena *raw = argument(fcinfo, n);
        return holds(raw) ? *object_ : renew(raw, fcinfo, decode);
    }

    template <typename Decode, typename Ask>
    auto inquire(FunctionCallInfo fcinfo, int n, Decode decode, Ask ask) {
        const struct varlena *raw = argument(fcinfo, n);
        const bool held = may_hold(raw);
        auto answer = ask(held ? *object_ : renew(raw, fcinfo, decode));
        if (held && !holds_front(raw, answer.front)) answer = ask(renew(raw, fcinfo, decode));
        return answer;
    }

private:
    // What `decode` returns comes to life in its place.
    template <typename Decode>
    struct Made {
        Decode &decode;
        std::string_view bytes;
        operator T() const { return decode(bytes); }
    };

    static const struct varlena *argument(FunctionCallInfo fcinfo, int n) {
        return reinterpret_cast<const struct varlena *>(DatumGetPointer(PG_GETARG_DATUM(n)));
    }

    template <typename Decode>
    const T &renew(const struct varlena *raw, FunctionCallInfo fcinfo, Decode decode) {
        object_.emplace(Made<Decode>{decode, load(raw)});
        keep(raw, fcinfo);
        return *object_;
    }

    void destroy() noexcept override { object_.reset(); }
    std::optional<T> object_;
};

// Argument `n` (a varlena, not NULL) decoded to T.  `decode` takes the detoasted bytes as a
// string_view and returns T or throws; T may keep views into the bytes.  They stand aligned behind
// a plain header, so bytes.data() - VARHDRSZ is the value itself (a Jsonb, say).  The reference is
// good until the function returns or asks for another value of the same type.
//
// Decode the same type in the same way everywhere: functions share the entry.
template <typename T, typename Decode>
const T &decoded(FunctionCallInfo fcinfo, int n, Decode decode) {
    return DecodeCache<T>::of_backend().get(fcinfo, n, decode);
}

// What `ask` finds in argument `n`, decoded.  Its answer says how many bytes in front decide it
// (answer.front): of any value of the same size that begins with them the answer is the same, and
// no more is compared.  `ask` may be called with the value of another row and then again: it has no
// effects and does not throw.  The answer is good as long as decoded() is.
template <typename T, typename Decode, typename Ask>
auto inquired(FunctionCallInfo fcinfo, int n, Decode decode, Ask ask) {
    return DecodeCache<T>::of_backend().inquire(fcinfo, n, decode, ask);
}

}  // namespace clinical::bridge
