#include "bridge/decode_cache.h"

#include <cstring>

namespace clinical::bridge {

namespace {

std::string_view payload(const struct varlena *value) {
    return {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))};
}

bool is_toasted(const struct varlena *raw) {
    return VARATT_IS_EXTERNAL(raw) || VARATT_IS_COMPRESSED(raw);
}

}  // namespace

DecodeCacheBase *DecodeCacheBase::first_ = nullptr;

// A query's end, seen by one cache.  Lies in the query's memory.
struct DecodeCacheBase::Watch {
    MemoryContextCallback callback;
    DecodeCacheBase *cache;
};

bool DecodeCacheBase::holds(const struct varlena *raw) const {
    if (key_ == Key::none) return false;
    if (is_toasted(raw)) {
        const std::size_t size = VARSIZE_ANY(raw);
        return key_ == Key::stored && VARSIZE_ANY(stored_) == size &&
               std::memcmp(stored_, raw, size) == 0;
    }
    return key_ == Key::bytes && payload(value_) == payload(raw);
}

std::string_view DecodeCacheBase::load(const struct varlena *raw) {
    // Most values are plain and no larger than the last one: into the same place, no crossing.
    if (!is_toasted(raw)) {
        const std::size_t size = VARSIZE_ANY_EXHDR(raw);
        if (size <= room_) {
            key_ = Key::none;
            destroy();
            stored_ = nullptr;
            SET_VARSIZE(value_, size + VARHDRSZ);
            std::memcpy(VARDATA(value_), VARDATA_ANY(raw), size);
            return payload(value_);
        }
    }
    drop();
    enlist();
    pg([&] {
        MemoryContext caller = MemoryContextSwitchTo(memory_);
        if (is_toasted(raw)) {
            value_ = pg_detoast_datum_copy(const_cast<struct varlena *>(raw));
            if (VARATT_IS_COMPRESSED(raw) || VARATT_IS_EXTERNAL_ONDISK(raw)) {
                stored_ = static_cast<struct varlena *>(palloc(VARSIZE_ANY(raw)));
                std::memcpy(stored_, raw, VARSIZE_ANY(raw));
            }
        } else {
            constexpr std::size_t least = 4096;
            const std::size_t size = VARSIZE_ANY_EXHDR(raw);
            room_ = size < least ? least : size;
            value_ = static_cast<struct varlena *>(palloc(room_ + VARHDRSZ));
            SET_VARSIZE(value_, size + VARHDRSZ);
            std::memcpy(VARDATA(value_), VARDATA_ANY(raw), size);
        }
        MemoryContextSwitchTo(caller);
    });
    return payload(value_);
}

void DecodeCacheBase::keep(const struct varlena *raw, FunctionCallInfo fcinfo) {
    if (is_toasted(raw) && !stored_) return;  // a pointer into memory
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
    key_ = stored_ ? Key::stored : Key::bytes;
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
    key_ = Key::none;
    destroy();
    value_ = stored_ = nullptr;
    room_ = 0;
    if (memory_) MemoryContextReset(memory_);
}

void DecodeCacheBase::at_transaction_end(XactEvent event, void *) {
    if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT ||
        event == XACT_EVENT_PRE_PREPARE)
        return;
    for (DecodeCacheBase *cache = first_; cache; cache = cache->next_) cache->drop();
}

}  // namespace clinical::bridge
