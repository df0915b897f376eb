#include "fhir/definitions.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace clinical::fhir {

namespace tables {

namespace {

struct MemberRow {
    Text name;
    std::uint16_t element;
    std::uint16_t use;
};

struct CodeRow {
    Text code;
    std::uint16_t system;
};

struct NameTable {
    std::uint16_t slot;
    std::uint16_t mask;
};

struct CodeTable {
    std::uint32_t slot;
    std::uint32_t mask;
};

#include "fhir/data/code_systems.inc"

#include "fhir/data/elements.inc"
#include "fhir/data/members.inc"
#include "fhir/data/search_parameters.inc"
#include "fhir/data/slots.inc"
#include "fhir/data/text.inc"
#include "fhir/data/types.inc"
#include "fhir/data/value_sets.inc"

constexpr std::uint16_t none = 0xffff;

std::uint64_t word(const char *at) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t w;
    std::memcpy(&w, at, sizeof w);
    return w;
}

// The up to seven bytes of a short name, as a little-endian word.
std::uint64_t short_word(const char *at, std::size_t n) {
    if (n >= 4) {
        std::uint32_t low, high;
        std::memcpy(&low, at, 4);
        std::memcpy(&high, at + n - 4, 4);
        return low | static_cast<std::uint64_t>(high) << ((n - 4) * 8);
    }
    if (n == 0) return 0;
    const auto byte = [at](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i]));
    };
    return byte(0) | byte(n / 2) << (n / 2 * 8) | byte(n - 1) << ((n - 1) * 8);
}

// The twin of slot_hash in data/generate.py.
std::uint32_t slot_hash(std::string_view name) {
    const std::size_t n = name.size();
    const std::uint64_t first = n >= 8 ? word(name.data()) : short_word(name.data(), n);
    const std::uint64_t last = n >= 8 ? word(name.data() + n - 8) : first;
    std::uint64_t h = first * 0x9E3779B97F4A7C15u ^ last * 0xC2B2AE3D27D4EB4Fu ^ n;
    if (n > 16) h ^= word(name.data() + (n - 8) / 2) * 0x165667B19E3779F9u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    return static_cast<std::uint32_t>(h >> 32);
}

// The first row for which `is_it(index)` holds, among those whose name may be `name`; -1 if none.
template <typename Is>
int find(const std::uint16_t *table, std::uint32_t mask, std::string_view name, Is is_it) {
    for (std::uint32_t at = slot_hash(name);; ++at) {
        const std::uint16_t index = table[at & mask];
        if (index == 0) return -1;
        if (is_it(index - 1)) return index - 1;
    }
}

std::span<const std::uint16_t> list(std::uint16_t first, std::uint16_t count) {
    return {shared_lists + first, count};
}

bool same(const Text &a, std::string_view b) {
    return a.length == b.size() && std::memcmp(text_pool + a.offset, b.data(), b.size()) == 0;
}

}  // namespace

std::string_view Text::view() const { return {text_pool + offset, length}; }

}  // namespace tables

using namespace tables;  // NOLINT(google-build-using-namespace): this file is their only user

template <>
const Type &TypeList::Iterator::operator*() const {
    return type_rows[*at_];
}
template <>
const Invariant &InvariantList::Iterator::operator*() const {
    return invariant_rows[*at_];
}

std::size_t Invariant::number() const { return static_cast<std::size_t>(this - invariant_rows); }

const Type &Use::type() const { return type_rows[type_]; }
const Type &Use::profile() const { return type_rows[profile_]; }
TypeList Use::targets() const { return TypeList(list(first_, count_)); }

const Type &Element::owner() const { return type_rows[owner_]; }
std::span<const Use> Element::types() const { return {use_rows + first_use_, uses_}; }
const ValueSet *Element::value_set() const {
    return value_set_ == none ? nullptr : &value_set_rows[value_set_];
}
InvariantList Element::invariants() const {
    return InvariantList(list(first_invariant_, invariants_));
}
std::size_t Element::number() const { return static_cast<std::size_t>(this - element_rows); }

const Type *Type::base() const { return base_ == none ? nullptr : &type_rows[base_]; }
std::span<const Element> Type::elements() const {
    return {element_rows + first_element_, elements_};
}
InvariantList Type::invariants() const {
    return InvariantList(list(first_invariant_, invariants_));
}
std::size_t Type::number() const { return static_cast<std::size_t>(this - type_rows); }
bool Type::is_a(const Type &other) const {
    for (const Type *t = this; t; t = t->base())
        if (t == &other) return true;
    return false;
}

std::string_view ValueSet::code(std::size_t i) const { return code_rows[first_ + i].code.view(); }
std::string_view ValueSet::system(std::size_t i) const {
    return system_rows[code_rows[first_ + i].system].view();
}
bool ValueSet::has_code(std::string_view code) const {
    return find(slots + slot_, mask_, code,
                [&](int i) { return same(code_rows[first_ + i].code, code); }) >= 0;
}
bool ValueSet::has(std::string_view system, std::string_view code) const {
    return find(slots + slot_, mask_, code, [&](int i) {
               const CodeRow &row = code_rows[first_ + i];
               return same(row.code, code) && same(system_rows[row.system], system);
           }) >= 0;
}
bool ValueSet::has_system(std::string_view system) const {
    const auto rows = std::span(code_rows).subspan(first_, count_);
    return std::any_of(rows.begin(), rows.end(),
                       [&](const CodeRow &row) { return same(system_rows[row.system], system); });
}

bool CodeSystem::has(std::string_view code) const {
    const Text *codes = system_code_rows + first_;
    return find(code_slots + slot_, mask_, code, [&](int i) { return same(codes[i], code); }) >= 0;
}

const Type &SearchParameter::base() const { return type_rows[base_]; }
TypeList SearchParameter::targets() const { return TypeList(list(first_, count_)); }

struct Lookup {
    static std::optional<Member> member(const Type &type, std::string_view name) {
        const MemberRow *rows = member_rows + type.first_member_;
        const int at = find(slots + type.slot_, type.mask_, name,
                            [&](int i) { return same(rows[i].name, name); });
        if (at < 0) return std::nullopt;
        const Use &use = use_rows[rows[at].use];
        return Member{&element_rows[rows[at].element], &use.type(), &use};
    }
};

const Type *type_named(std::string_view name) {
    const int at = find(slots + type_table.slot, type_table.mask, name,
                        [&](int i) { return type_rows[i].name() == name; });
    return at < 0 ? nullptr : &type_rows[at];
}

const Type *resource_named(std::string_view name) {
    const Type *type = type_named(name);
    return type && type->is_resource() && !type->is_abstract() ? type : nullptr;
}

std::optional<Member> member_of(const Type &type, std::string_view json_name) {
    return Lookup::member(type, json_name);
}

const Element *element_of(const Type &type, std::string_view name) {
    if (const auto member = member_of(type, name)) return member->element;
    for (const Element &element : type.elements())
        if (element.name() == name) return &element;
    return nullptr;
}

const ValueSet *value_set_at(std::string_view url) {
    url = url.substr(0, url.find('|'));
    const auto *end = std::end(value_set_rows);
    const auto *at = std::find_if(std::begin(value_set_rows), end,
                                  [&](const ValueSet &v) { return v.url() == url; });
    return at == end ? nullptr : at;
}

const CodeSystem *code_system_at(std::string_view url) {
    const auto &table = code_system_table;
    const int at = find(code_slots + table.slot, table.mask, url,
                        [&](int i) { return code_system_rows[i].url() == url; });
    return at < 0 ? nullptr : &code_system_rows[at];
}

const SearchParameter *search_parameter(const Type &base, std::string_view code) {
    const auto *end = std::end(parameter_rows);
    const auto *at = std::lower_bound(std::begin(parameter_rows), end, code,
                                      [&](const SearchParameter &p, std::string_view c) {
                                          if (&p.base() != &base)
                                              return p.base().name() < base.name();
                                          return p.code() < c;
                                      });
    return at != end && &at->base() == &base && at->code() == code ? at : nullptr;
}

std::span<const Type> types() { return type_rows; }
std::span<const Invariant> invariants() { return invariant_rows; }
std::span<const SearchParameter> search_parameters() { return parameter_rows; }

}  // namespace clinical::fhir
