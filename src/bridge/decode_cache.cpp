#include "bridge/decode_cache.h"

#include <algorithm>

namespace clinical::bridge {

DecodeCacheBase *DecodeCacheBase::first_ = nullptr;

// A query's end, seen by one cache.  Lies in the query's memory.
struct DecodeCacheBase::Watch {
    MemoryContextCallback callback;
    DecodeCacheBase *cache;
};

// Compressed bytes decide from front to back, too, and are never much more than what they stand
// for: pglz says 9 bits for 8, LZ4 one byte more for 255 and 16.
bool DecodeCacheBase::holds_front(const struct varlena *raw, std::size_t size) const {
    if (was_stored_)
        size = VARATT_IS_COMPRESSED(raw) && size < key_.size() ? size + size / 8 + 64 : key_.size();
    return std::memcmp(key_.data(), key_of(raw).data(), std::min(size, key_.size())) == 0;
}

std::string_view DecodeCacheBase::load(const struct varlena *raw) {
    key_ = {};
    destroy();
    was_stored_ = false;
    // Most plain values are no larger than the last one: into the same place, no crossing.
    if (const std::size_t size = VARSIZE_ANY_EXHDR(raw); !is_toasted(raw) && size <= room_) {
        SET_VARSIZE(value_, size + VARHDRSZ);
        std::memcpy(VARDATA(value_), VARDATA_ANY(raw), size);
        return key_of(value_);
    }
    enlist();
    pg([&] {
        MemoryContext caller = MemoryContextSwitchTo(memory_);
        take(raw);
        MemoryContextSwitchTo(caller);
    });
    return key_of(value_);
}

// In PostgreSQL's regime: an error leaves nothing but what is freed with the memory.
void DecodeCacheBase::take(const struct varlena *raw) {
    const auto renew = [](struct varlena *&place, std::size_t &room, std::size_t size) {
        if (size <= room) return;
        if (place) pfree(place);
        place = nullptr;
        room = 0;
        constexpr std::size_t least = 4096;
        const std::size_t wanted = size < least ? least : size;
        place = static_cast<struct varlena *>(palloc(wanted + VARHDRSZ));
        room = wanted;
    };
    if (!is_toasted(raw)) {
        const std::size_t size = VARSIZE_ANY_EXHDR(raw);
        renew(value_, room_, size);
        SET_VARSIZE(value_, size + VARHDRSZ);
        std::memcpy(VARDATA(value_), VARDATA_ANY(raw), size);
        return;
    }
    if (value_) pfree(value_);
    value_ = nullptr;
    room_ = 0;
    value_ = pg_detoast_datum_copy(const_cast<struct varlena *>(raw));
    if (!VARATT_IS_COMPRESSED(raw) && !VARATT_IS_EXTERNAL_ONDISK(raw)) return;
    const std::size_t size = VARSIZE_ANY(raw);
    renew(stored_, stored_room_, size);
    std::memcpy(stored_, raw, size);
    was_stored_ = true;
}

void DecodeCacheBase::keep(const struct varlena *raw, FunctionCallInfo fcinfo) {
    if (is_toasted(raw) && !was_stored_) return;  // a pointer into memory
    if (!watched_ && fcinfo->flinfo) {
        auto *watch = static_cast<Watch *>(
            pg([&] { return MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Watch)); }));
        watch->cache = this;
        watch->callback.func = [](void *argument) {
            auto *cache = static_cast<Watch *>(argument)->cache;
            cache->watched_ = false;
            cache->drop();
        };
        watch->callback.arg = watch;
        MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, &watch->callback);
        watched_ = true;
    }
    key_ = key_of(was_stored_ ? stored_ : value_);
}

// On first use: memory of its own, and a place among the caches that end with the transaction.
void DecodeCacheBase::enlist() {
    if (memory_) return;
    pg([&] {
        if (!first_) RegisterXactCallback(at_transaction_end, nullptr);
        memory_ = AllocSetContextCreate(CacheMemoryContext, "pgclinical decoded value",
                                        ALLOCSET_DEFAULT_SIZES);
    });
    next_ = first_;
    first_ = this;
}

void DecodeCacheBase::drop() noexcept {
    key_ = {};
    destroy();
    value_ = stored_ = nullptr;
    room_ = stored_room_ = 0;
    was_stored_ = false;
    if (memory_) MemoryContextReset(memory_);
}

void DecodeCacheBase::at_transaction_end(XactEvent event, void *) {
    if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT ||
        event == XACT_EVENT_PRE_PREPARE)
        return;
    for (DecodeCacheBase *cache = first_; cache; cache = cache->next_) cache->drop();
}

}  // namespace clinical::bridge
