#pragma once

// The type system of FHIR R4 (4.0.1), compiled in: every data type, resource and backbone element
// with its elements in the order of the specification, their types, cardinality, bindings,
// reference targets and invariants; the value sets behind required and extensible bindings; the
// search parameters.  Tables in data/, made by data/generate.py from the published definitions.
//
//   const Type *patient = type_named("Patient");
//   for (const Element &e : patient->elements()) ...       // id, meta, ..., identifier, ...
//   auto m = member_of(*patient, "deceasedBoolean");       // element deceased, type boolean
//   const Type &contact = *member_of(*patient, "contact")->type;   // named "Patient.contact"
//
// Everything is constant, lives for ever and is found by hash: a look-up costs some 10 ns and
// allocates nothing.  Types and elements are compared by address.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace clinical::fhir {

class Type;
class Element;

enum class TypeKind : std::uint8_t { primitive, complex, backbone, resource };
enum class Strength : std::uint8_t { none, example, preferred, extensible, required };
enum class SearchType : std::uint8_t {
    number,
    date,
    string,
    token,
    reference,
    composite,
    quantity,
    uri,
    special
};

// Which primitive a type is; its JSON form is a boolean, a number (decimal, integer, positiveInt,
// unsignedInt) or a string.
enum class Primitive : std::uint8_t {
    none,
    base64Binary,
    boolean,
    canonical,
    code,
    date,
    dateTime,
    decimal,
    id,
    instant,
    integer,
    markdown,
    oid,
    positiveInt,
    string,
    time,
    unsignedInt,
    uri,
    url,
    uuid,
    xhtml
};

namespace tables {

// A name or text: a place in the pool of all of them.
struct Text {
    std::uint32_t offset;
    std::uint32_t length;
    [[nodiscard]] std::string_view view() const;
};

}  // namespace tables

// Things listed by their numbers in the tables.
template <typename T>
class Numbered {
public:
    class Iterator {
    public:
        explicit Iterator(const std::uint16_t *at) : at_(at) {}
        const T &operator*() const;
        Iterator &operator++() {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator &) const = default;

    private:
        const std::uint16_t *at_;
    };
    explicit Numbered(std::span<const std::uint16_t> numbers) : numbers_(numbers) {}
    [[nodiscard]] bool empty() const { return numbers_.empty(); }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }
    [[nodiscard]] Iterator begin() const { return Iterator(numbers_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(numbers_.data() + numbers_.size()); }

private:
    std::span<const std::uint16_t> numbers_;
};
class Invariant;
using TypeList = Numbered<Type>;  // what a reference may point to
using InvariantList = Numbered<Invariant>;

// A rule that a type or an element states in FHIRPath.
class Invariant {
public:
    constexpr Invariant(tables::Text key, tables::Text expression, tables::Text human, bool error)
        : key_(key), expression_(expression), human_(human), error_(error) {}
    [[nodiscard]] std::string_view key() const { return key_.view(); }  // "dom-3"
    [[nodiscard]] std::string_view expression() const { return expression_.view(); }
    [[nodiscard]] std::string_view human() const { return human_.view(); }
    [[nodiscard]] bool is_error() const { return error_; }  // else a warning
    [[nodiscard]] std::size_t number() const;               // 0 .. invariants().size() - 1

private:
    tables::Text key_, expression_, human_;
    bool error_;
};

// A value set that an element is bound to (required or extensible), expanded.
class ValueSet {
public:
    constexpr ValueSet(tables::Text url, std::uint16_t first, std::uint16_t count,
                       std::uint16_t slot, std::uint16_t mask)
        : url_(url), first_(first), count_(count), slot_(slot), mask_(mask) {}
    [[nodiscard]] std::string_view url() const { return url_.view(); }
    // False when the codes are somebody else's (MIME types, UCUM, ISO 4217): nothing is known then.
    [[nodiscard]] bool is_enumerated() const { return count_ > 0; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool has_code(std::string_view code) const;  // in any system
    [[nodiscard]] bool has(std::string_view system, std::string_view code) const;
    [[nodiscard]] bool has_system(std::string_view system) const;
    [[nodiscard]] std::string_view code(std::size_t i) const;    // sorted by code
    [[nodiscard]] std::string_view system(std::size_t i) const;  // of code i

private:
    tables::Text url_;
    std::uint16_t first_, count_, slot_, mask_;
};

// A code system of HL7 that is complete here: what it does not have is no code of it.
class CodeSystem {
public:
    constexpr CodeSystem(tables::Text url, std::uint32_t first, std::uint32_t count,
                         std::uint32_t slot, std::uint32_t mask)
        : url_(url), first_(first), count_(count), slot_(slot), mask_(mask) {}
    [[nodiscard]] std::string_view url() const { return url_.view(); }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool has(std::string_view code) const;

private:
    tables::Text url_;
    std::uint32_t first_, count_, slot_, mask_;
};

// One type that an element may have.
class Use {
public:
    constexpr Use(std::uint16_t type, std::uint16_t profile, std::uint16_t first,
                  std::uint16_t count)
        : type_(type), profile_(profile), first_(first), count_(count) {}
    [[nodiscard]] const Type &type() const;
    // SimpleQuantity where the type is Quantity with that profile; else the type.
    [[nodiscard]] const Type &profile() const;
    // Of Reference and canonical: the resources that may be meant; empty or Resource means any.
    [[nodiscard]] TypeList targets() const;

private:
    std::uint16_t type_, profile_, first_, count_;
};

class Element {
public:
    constexpr Element(tables::Text name, std::uint16_t owner, std::uint16_t first_use,
                      std::uint8_t uses, std::uint8_t min, std::uint8_t max, std::uint8_t flags,
                      std::uint8_t strength, std::uint16_t value_set, std::uint16_t first_invariant,
                      std::uint8_t invariants)
        : name_(name),
          owner_(owner),
          first_use_(first_use),
          value_set_(value_set),
          first_invariant_(first_invariant),
          uses_(uses),
          min_(min),
          max_(max),
          flags_(flags),
          strength_(strength),
          invariants_(invariants) {}

    [[nodiscard]] std::string_view name() const { return name_.view(); }  // "value", not "value[x]"
    [[nodiscard]] const Type &owner() const;                              // the type that lists it
    [[nodiscard]] std::span<const Use> types() const;  // at least one; several when is_choice()
    [[nodiscard]] unsigned min() const { return min_; }
    [[nodiscard]] unsigned max() const { return max_; }       // 0: any number
    [[nodiscard]] bool is_list() const { return max_ != 1; }  // an array in JSON
    [[nodiscard]] bool is_choice() const { return flags_ & 1; }
    [[nodiscard]] bool is_modifier() const { return flags_ & 2; }
    [[nodiscard]] bool is_summary() const { return flags_ & 4; }
    [[nodiscard]] bool is_xml_attribute() const { return flags_ & 8; }
    [[nodiscard]] bool is_content_reference() const { return flags_ & 16; }  // type is resolved
    [[nodiscard]] Strength binding() const { return static_cast<Strength>(strength_); }
    [[nodiscard]] const ValueSet *value_set() const;  // of required and extensible bindings
    [[nodiscard]] InvariantList invariants() const;   // those its types do not state
    [[nodiscard]] std::size_t number() const;         // 0 .. number of all elements - 1

private:
    tables::Text name_;
    std::uint16_t owner_, first_use_, value_set_, first_invariant_;
    std::uint8_t uses_, min_, max_, flags_, strength_, invariants_;
};

class Type {
public:
    constexpr Type(tables::Text name, std::uint16_t base, std::uint16_t first_element,
                   std::uint16_t elements, std::uint16_t first_member, std::uint16_t slot,
                   std::uint16_t mask, std::uint16_t first_invariant, std::uint16_t invariants,
                   TypeKind kind, bool is_abstract, Primitive primitive)
        : name_(name),
          base_(base),
          first_element_(first_element),
          elements_(elements),
          first_member_(first_member),
          slot_(slot),
          mask_(mask),
          first_invariant_(first_invariant),
          invariants_(invariants),
          kind_(kind),
          is_abstract_(is_abstract),
          primitive_(primitive) {}

    [[nodiscard]] std::string_view name() const { return name_.view(); }
    [[nodiscard]] const Type *base() const;  // null for Element and Resource
    [[nodiscard]] TypeKind kind() const { return kind_; }
    [[nodiscard]] bool is_abstract() const { return is_abstract_; }
    [[nodiscard]] bool is_resource() const { return kind_ == TypeKind::resource; }
    [[nodiscard]] bool is_primitive() const { return kind_ == TypeKind::primitive; }
    [[nodiscard]] Primitive primitive() const { return primitive_; }
    [[nodiscard]] bool is_a(const Type &other) const;  // itself or through base types
    // All, inherited ones too, in the order that XML demands.  Of a primitive: id and extension.
    [[nodiscard]] std::span<const Element> elements() const;
    [[nodiscard]] InvariantList invariants() const;  // its own and inherited ones
    [[nodiscard]] std::size_t number() const;        // 0 .. types().size() - 1

private:
    friend struct Lookup;
    tables::Text name_;
    std::uint16_t base_, first_element_, elements_, first_member_, slot_, mask_;
    std::uint16_t first_invariant_, invariants_;
    TypeKind kind_;
    bool is_abstract_;
    Primitive primitive_;
};

// A member of a JSON object by its name there.
struct Member {
    const Element *element;
    const Type *type;  // of the value: the one that "valueQuantity" names
    const Use *use;
};

class SearchParameter {
public:
    constexpr SearchParameter(tables::Text code, std::uint16_t base, SearchType type,
                              tables::Text expression, std::uint16_t first, std::uint16_t count)
        : code_(code),
          expression_(expression),
          base_(base),
          first_(first),
          count_(count),
          type_(type) {}
    [[nodiscard]] std::string_view code() const { return code_.view(); }  // "birthdate"
    [[nodiscard]] const Type &base() const;
    [[nodiscard]] SearchType type() const { return type_; }
    [[nodiscard]] std::string_view expression() const { return expression_.view(); }  // may be ""
    [[nodiscard]] TypeList targets() const;

private:
    tables::Text code_, expression_;
    std::uint16_t base_, first_, count_;
    SearchType type_;
};

// "Patient", "HumanName", "string", "Patient.contact"; null when there is none.  Profiles of types
// (SimpleQuantity) are types here.
const Type *type_named(std::string_view name);

// "Patient": a resource that can exist (not Resource, not DomainResource).
const Type *resource_named(std::string_view name);

// The member `json_name` of an object of `type`: `birthDate`, `valueQuantity`; for `_birthDate` ask
// without the underscore.  The type of `contained` and `resource` is the abstract Resource.
std::optional<Member> member_of(const Type &type, std::string_view json_name);

// The element called `name` ("value" for value[x]); null when there is none.
const Element *element_of(const Type &type, std::string_view name);

// The value set at `url` (a version after "|" is not looked at), when an element is bound to it.
const ValueSet *value_set_at(std::string_view url);

// Null for systems that are not HL7's, or not complete in the R4 definitions.
const CodeSystem *code_system_at(std::string_view url);

const SearchParameter *search_parameter(const Type &base, std::string_view code);

template <>
const Type &TypeList::Iterator::operator*() const;
template <>
const Invariant &InvariantList::Iterator::operator*() const;

std::span<const Type> types();                         // sorted by name
std::span<const Invariant> invariants();               // each distinct one
std::span<const SearchParameter> search_parameters();  // sorted by base, then code

}  // namespace clinical::fhir
