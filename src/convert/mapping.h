#pragma once

// The mapping tables: rows as data, compiled once.
//
// A row says: in map `map`, the value at `source`, if `condition` holds, goes to `target`, read by
// the data type map `datatype` and translated by `vocabulary`; a row with `constant` writes that
// instead.  Shipped rows come from the HL7 V2-to-FHIR guide (data/generate.py); a site's overlay
// replaces rows with the same (map, source, target) and adds the others.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "convert/condition.h"
#include "convert/element.h"
#include "core/error.h"

namespace clinical::convert {

// As written.  Views of shipped rows are static; of an overlay, into the options.
struct MappingRow {
    std::string map, source, target, datatype, condition, vocabulary, constant;
};

struct Step {
    std::string name;
    std::string_view type;  // of the element
    bool repeats = false;
    int index = 0;               // 0-based position among distinct elements
    int slot = -1;               // elements of this application; -1: by position
    bool by_repetition = false;  // one element for each repetition of the field
};

struct Map;

// A constant: literal texts and positions, joined.
struct Constant {
    struct Piece {
        std::string text;
        Position position;
        bool is_text = true;
    };
    std::vector<Piece> pieces;
};

enum class Native {
    none,
    codeable,
    coding,
    code,
    string,
    uri,
    entity_uri,
    system,
    dtm,
    organization_name,
    display_name,
    location,
    staff_location
};

// X(Type...): a resource of its own that X refers to.
struct Referred {
    int slot;
    std::string_view type;
    std::size_t at;  // steps before it
};

struct Row {
    Position source;
    std::vector<Step> target;  // empty: $this
    Condition condition;
    const Map *datatype = nullptr;
    Native native = Native::none;
    std::string vocabulary;
    std::string table;  // four digits when the codes are those of an HL7 table
    Constant constant;
    bool is_constant = false;
    bool clears = false;  // an explicit null of its source empties the top-level element
    std::vector<Referred> references;  // from the outermost
    const Element *leaf = nullptr;
    Primitive primitive = Primitive::text;  // of the leaf
    bool makes_coding = false;              // the leaf is Coding.code
    bool repeats = false;                   // a step takes the repetitions of the field
};

struct Map {
    std::string name;       // "PID[Patient]"
    std::string segment;    // "PID" or "CX"
    std::string type;       // "Patient"
    std::vector<Row> rows;  // by field
    int slots = 0;
    // Data type maps: the components that rows read, as Fields::use counts them.
    std::uint32_t components = 0;
};

struct TableRow {
    std::string_view table, code, fhir_code, display, system, number;
};

class Mapping {
public:
    // Rows compiled in, without and with a site's overlay.
    static const Mapping &shipped();
    static core::Result<std::shared_ptr<const Mapping>> with(
        const std::vector<MappingRow> &overlay);

    // Null when there is no such map.
    [[nodiscard]] const Map *find(std::string_view name) const;

    // All maps of a segment, by name.
    [[nodiscard]] std::vector<const Map *> of_segment(std::string_view segment) const;

private:
    core::Result<bool> compile(const std::vector<MappingRow> &rows);
    std::map<std::string, std::unique_ptr<Map>, std::less<>> maps_;
    std::unordered_map<std::string_view, const Map *> by_name_;  // the same, for find()
};

// The row of `code` in vocabulary `table`, or null.
const TableRow *find_code(std::string_view table, std::string_view code);

// The HL7 table number of a vocabulary; empty when it has none.
std::string_view table_number(std::string_view vocabulary);

}  // namespace clinical::convert
