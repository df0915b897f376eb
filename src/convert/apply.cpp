#include "convert/apply.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "convert/codes.h"
#include "convert/location.h"
#include "convert/number.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// The components of PL that location.cpp reads.
constexpr std::uint32_t place_parts = Fields::component_bit(1) | Fields::component_bit(2) |
                                      Fields::component_bit(3) | Fields::component_bit(4) |
                                      Fields::component_bit(6) | Fields::component_bit(7) |
                                      Fields::component_bit(8) | Fields::component_bit(9) |
                                      Fields::component_bit(10) | Fields::component_bit(11);

// Repetitions beyond this are a defect of the sender, not data.
constexpr int max_repetitions = 1000;

// Elements that a code without equivalent may not leave empty, or that a reader needs.
std::string_view fallback_of(const Element &element) {
    if (element.name == "gender") return "unknown";
    if (element.owner == "ContactPoint" && element.name == "system") return "other";
    return {};
}

// One map over one segment or value.
class Application {
public:
    Application(Context &context, const Map &map, Json &target)
        : context_(context), map_(map), target_(target) {
        first_.fill(-1);
    }

    void run(const Fields &segment, const Related &related, std::vector<std::string> *cleared) {
        segment_ = &segment;
        related_ = &related;
        const Place before = context_.place;
        auto row = map_.rows.begin();
        while (row != map_.rows.end()) {
            auto end = row;
            while (end != map_.rows.end() && end->source.field == row->source.field) end++;
            field(row, end, cleared);
            row = end;
        }
        finish();
        context_.place = before;
    }

    void run(const Value &value, bool in_component) {
        cut_.of(value, in_component);
        for (const Row &row : map_.rows) {
            if (row.source.component > 0) context_.place.component = row.source.component;
            apply(row, 0);
        }
        finish();
        context_.place.component = 0;
    }

private:
    using Rows = std::vector<Row>::const_iterator;

    struct Pending {
        int slot;
        int repetition;
        const Row *row;
        std::size_t level;   // of the row's references
        std::size_t parent;  // the one that refers to it; none: the target
        Json resource;
    };

    // Rows write code and system one by one: what they made is looked at in the end.
    struct Coded {
        const Row *row;
        int repetition;
        Place place;
    };

    void field(Rows begin, Rows end, std::vector<std::string> *cleared) {
        const int n = begin->source.field;
        if (n == 0) {
            for (auto row = begin; row != end; ++row) apply(*row, 0);
            return;
        }
        const Value whole = segment_->peek(n);
        if (whole.is_absent()) return;
        context_.place = {segment_, n, 1, 0};
        if (says_null(whole, segment_->delimiters())) {
            segment_->use(n, Fields::whole);
            if (cleared)
                for (auto row = begin; row != end; ++row)
                    if (row->clears) cleared->push_back(row->target.front().name);
            return;
        }
        const int repetitions = std::min(whole.repetitions(), max_repetitions);
        for (int r = 0; r < repetitions; r++) {
            context_.place.repetition = r + 1;
            if (r == 1 && std::none_of(begin, end, [](const Row &row) {
                    return row.target.empty() || row.repeats;
                })) {
                context_.issue("information", "not-supported", "repetition-not-used",
                               "the FHIR element holds one value; the first is used");
                break;
            }
            current_ = repetitions == 1 ? whole : whole.repetition(r + 1);
            if (!current_.has_value()) continue;
            for (auto row = begin; row != end; ++row) apply(*row, r);
        }
        context_.place.repetition = 1;
    }

    // The value at `p`, seen from the current field or value.
    [[nodiscard]] Value read(const Position &p) const {
        if (p.field == 0) {  // data type map
            if (p.component == 0) return cut_.whole();
            const Value c = cut_[p.component];
            return p.subcomponent > 0 && !cut_.in_component() ? c.subcomponent(p.subcomponent) : c;
        }
        Value v;
        if (p.is_of(segment_->id())) {
            // The field being read is seen through its current repetition.
            v = p.field == context_.place.field ? current_ : segment_->peek(p.field).repetition(1);
        } else if (const Fields *other = related_->find(p.segment_id())) {
            v = other->peek(p.field).repetition(1);
        }
        if (p.component > 0) v = v.component(p.component);
        if (p.subcomponent > 0) v = v.subcomponent(p.subcomponent);
        return v;
    }

    [[nodiscard]] bool holds_for(const Row &row) const {
        if (row.condition.is_always()) return true;
        return holds(
            row.condition.root(),
            [&](const Position &p) {
                const Value v = read(p);
                if (!v.has_value() || says_null(v, context_.message.delimiters()))
                    return std::string();
                // A coded field equals its code: PV1-2 EQUALS "P".
                return Context::text(p.component == 0 ? v.component(1) : v);
            },
            [&](const Position &p) {
                if (segment_ && p.field > 0 && p.is_of(segment_->id()))
                    return segment_->peek(p.field).repetitions();
                return read(p).repetitions();
            });
    }

    void apply(const Row &row, int repetition) {
        Value value;
        if (row.source.field == 0 && row.source.component == 0) {
            value = segment_ ? Value() : cut_.whole();
            if (!segment_ && !value.has_value()) return;
        } else {
            value = row.source.component > 0 || row.source.field == 0 ? read(row.source) : current_;
            if (!value.has_value()) return;
        }
        if (repetition > 0 && !row.target.empty() && !row.repeats) return;
        if (!holds_for(row)) return;
        if (segment_) mark(row);
        repetition_ = repetition;
        const bool whole = row.source.field == 0 && row.source.component == 0;
        const bool in_component = whole ? cut_.in_component() : row.source.component > 0;
        if (!row.references.empty()) {
            refer(row, value, repetition, in_component);
        } else {
            write(row, value, in_component,
                  walk(target_, row.target, 0, row.target.size(), repetition));
            if (row.makes_coding) codings_.push_back({&row, repetition, context_.place});
        }
    }

    // The component that says a coded value in words: the text, else the display, else the code.
    [[nodiscard]] static int string_part(const Value &value) {
        for (const int part : {9, 2})
            if (value.component(part).has_value()) return part;
        return 1;
    }

    // Notes which parts of the segment the row reads, for what is left out (unconverted.h).
    void mark(const Row &row) const {
        if (row.is_constant) {
            for (const auto &piece : row.constant.pieces)
                if (!piece.is_text && piece.position.is_of(segment_->id()))
                    segment_->use(piece.position.field,
                                  Fields::component_bit(piece.position.component));
        } else if (row.source.component > 0) {
            segment_->use(row.source.field, Fields::component_bit(row.source.component));
        } else if (row.datatype) {
            segment_->use(row.source.field, row.datatype->components);
        } else if (row.native == Native::location) {
            segment_->use(row.source.field, place_parts);
        } else if (row.native == Native::organization_name) {
            const bool is_named = current_.component(1).has_value();
            segment_->use(row.source.field, Fields::component_bit(is_named ? 1 : 10));
        } else if (row.native == Native::string) {
            segment_->use(row.source.field, Fields::component_bit(string_part(current_)));
        } else {
            segment_->use(row.source.field, Fields::whole);
        }
    }

    void refer(const Row &row, const Value &value, int repetition, bool in_component) {
        const bool is_place =
            row.native == Native::location || row.native == Native::staff_location;
        std::string place;
        if (row.native == Native::location) place = read_location(context_, value);
        if (row.native == Native::staff_location) place = read_staff_location(context_, value);
        if (is_place && place.empty()) return;
        // A place is stated at once; the resources around it wait for their other rows.
        const std::size_t levels = row.references.size() - (is_place ? 1 : 0);
        std::size_t at = none;
        for (std::size_t level = 0; level < levels; level++)
            at = pending(row, level, repetition, at);
        Json &outer = at == none ? target_ : pending_[at].resource;
        const std::size_t from = at == none ? 0 : row.references[levels - 1].at;
        const int r = at == none ? repetition : 0;
        if (is_place) {
            walk(outer, row.target, from, row.references.back().at, r)
                .set("reference", Json::string(place));
            return;
        }
        root_ = &outer;
        root_at_ = from;
        repetition_ = r;
        write(row, value, in_component, walk(outer, row.target, from, row.target.size(), r));
        root_ = &target_;
        root_at_ = 0;
    }

    // The resource that `row` refers to at `level`, begun when it is new.
    std::size_t pending(const Row &row, std::size_t level, int repetition, std::size_t parent) {
        const int slot = row.references[level].slot;
        for (std::size_t i = 0; i < pending_.size(); i++)
            if (pending_[i].slot == slot && pending_[i].repetition == repetition) return i;
        pending_.push_back({slot, repetition, &row, level, parent, Json::object()});
        return pending_.size() - 1;
    }

    void write(const Row &row, const Value &value, bool in_component, Json &node) {
        if (row.is_constant) {
            std::string text;
            for (const auto &piece : row.constant.pieces)
                text += piece.is_text ? piece.text : Context::text(read(piece.position));
            node = primitive(context_, row.primitive, text);
            return;
        }
        switch (row.native) {
            case Native::none: break;
            case Native::codeable:
                read_concept(context_, {value, in_component}, row.vocabulary, row.table, node);
                return;
            case Native::coding:
                read_coding(context_, {value, in_component}, row.vocabulary, row.table, node);
                return;
            case Native::code: write_code(row, {value, in_component}, node); return;
            case Native::string: {
                const CodedValue coded(value, in_component);
                std::string text = Context::text(coded.part(9));
                if (text.empty()) text = Context::text(coded.part(2));
                if (text.empty()) text = Context::text(coded.part(1));
                node = primitive(context_, Primitive::text, text);
                return;
            }
            case Native::uri:
                node = Json::string(context_.authority_uri(value, in_component));
                return;
            case Native::entity_uri:
                node = Json::string(in_component ? context_.authority_uri(value.subcomponent(2),
                                                                          value.subcomponent(3),
                                                                          value.subcomponent(4))
                                                 : context_.entity_authority(value));
                return;
            case Native::system:
                node = Json::string(system_uri(context_, Context::text(value)));
                return;
            case Native::dtm: node = primitive(context_, row.primitive, value); return;
            case Native::organization_name: {
                std::string text = Context::text(value.component(1).subcomponent(1));
                if (text.empty()) text = Context::text(value.component(10));
                node = primitive(context_, Primitive::text, text);
                return;
            }
            case Native::display_name:
                node = primitive(context_, Primitive::text, display_name(value));
                return;
            case Native::location:
            case Native::staff_location: return;
        }
        if (row.datatype) {
            apply_value(context_, *row.datatype, value, in_component, node);
            return;
        }
        if (!row.vocabulary.empty() && row.primitive == Primitive::code) {
            write_code(row, {value, in_component}, node);
            return;
        }
        node = primitive(context_, row.primitive, value);
    }

    // Given names before the family name, as people are called.
    [[nodiscard]] static std::string display_name(const Value &value) {
        std::string out;
        for (const int part : {5, 2, 3, 1, 4}) {
            const std::string text = Context::text(value.component(part).subcomponent(1));
            if (text.empty()) continue;
            if (!out.empty()) out += ' ';
            out += text;
        }
        return out;
    }

    void write_code(const Row &row, const CodedValue &value, Json &node) {
        if (row.leaf->owner == "Coding") {
            // Not bound: the source's code stands when the map knows no other.
            const std::string code = Context::text(value.part(1));
            const TableRow *known = find_code(row.vocabulary, code);
            node = Json::string(known && !known->fhir_code.empty() ? known->fhir_code
                                                                   : std::string_view(code));
            return;
        }
        const std::string code = read_code(context_, value, row.vocabulary);
        if (!code.empty()) {
            node = Json::string(code);
            if (const std::string source = Context::text(value.part(1));
                !find_code(row.vocabulary, source))
                keep_source(row, value);
            return;
        }
        if (!Context::text(value.part(1)).empty()) keep_source(row, value);
        if (const auto fallback = fallback_of(*row.leaf); !fallback.empty())
            leaf(row).set(row.target.back().name, Json::string(fallback));
    }

    // The source's code beside the element: _gender.extension.
    void keep_source(const Row &row, const CodedValue &value) {
        const Step &last = row.target.back();
        Json &beside = leaf(row)["_" + last.name];
        Json &element = last.repeats ? beside.element(beside.size()) : beside;
        element["extension"].push(alternate_codes(context_, value, row.table));
    }

    // The parent of the row's last element.
    Json &leaf(const Row &row) {
        return walk(*root_, row.target, root_at_, row.target.size() - 1, repetition_);
    }

    // The element at steps [from, to), made when missing.
    Json &walk(Json &root, const std::vector<Step> &steps, std::size_t from, std::size_t to,
               int repetition) {
        Json *node = &root;
        for (std::size_t i = from; i < to; i++) {
            const Step &step = steps[i];
            Json &member = (*node)[step.name];
            if (!step.repeats)
                node = &member;
            else if (step.slot < 0)
                node = &member.element(static_cast<std::size_t>(step.index));
            else
                node = &member.element(place(step, step.by_repetition ? repetition : 0, member));
        }
        return *node;
    }

    std::size_t place(const Step &step, int repetition, const Json &list) {
        int &index = index_of(static_cast<std::size_t>(step.slot), repetition);
        if (index < 0) index = static_cast<int>(list.size());
        return static_cast<std::size_t>(index);
    }

    // Where the element of a slot and repetition stands in its list; -1: nowhere yet.
    int &index_of(std::size_t slot, int repetition) {
        if (repetition == 0 && slot < first_.size()) return first_[slot];
        if (later_.size() <= slot) later_.resize(slot + 1);
        auto &indexes = later_[slot];
        const auto r = static_cast<std::size_t>(repetition);
        if (indexes.size() <= r) indexes.resize(r + 1, -1);
        return indexes[r];
    }

    void finish() {
        const Place before = context_.place;
        for (const auto &c : codings_) {
            context_.place = c.place;
            settle_coding(context_, c.row->vocabulary,
                          walk(target_, c.row->target, 0, c.row->target.size() - 1, c.repetition));
        }
        context_.place = before;
        // The innermost first: what refers to it is known by it.
        std::size_t deepest = 0;
        for (const auto &p : pending_) deepest = std::max(deepest, p.level + 1);
        for (std::size_t level = deepest; level-- > 0;)
            for (auto &p : pending_)
                if (p.level == level) settle(p);
    }

    void settle(Pending &p) {
        const Referred &referred = p.row->references[p.level];
        const std::string reference = context_.directory(referred.type, std::move(p.resource));
        if (reference.empty()) return;
        const bool is_outer = p.parent == none;
        Json &outer = is_outer ? target_ : pending_[p.parent].resource;
        const std::size_t from = is_outer ? 0 : p.row->references[p.level - 1].at;
        walk(outer, p.row->target, from, referred.at, is_outer ? p.repetition : 0)
            .set("reference", Json::string(reference));
    }

    static constexpr std::size_t none = SIZE_MAX;
    Context &context_;
    const Map &map_;
    Json &target_;
    const Fields *segment_ = nullptr;
    const Related *related_ = nullptr;
    Value current_;  // of a segment map: the repetition of the field being read
    Cut cut_;        // of a data type map: the value
    int repetition_ = 0;
    Json *root_ = &target_;      // the resource being written: the target or one it refers to
    std::size_t root_at_ = 0;    // the row's steps before it
    std::array<int, 32> first_;  // by slot, of the first repetition
    std::vector<std::vector<int>> later_;  // by slot and repetition, the others
    std::vector<Pending> pending_;
    std::vector<Coded> codings_;
};

}  // namespace

Json primitive(Context &context, Primitive type, const Value &value) {
    switch (type) {
        case Primitive::date_time: return Json::string(context.date_time(value));
        case Primitive::date: return Json::string(context.date(value));
        case Primitive::instant: return Json::string(context.instant(value));
        default: return primitive(context, type, Context::text(value.component(1).subcomponent(1)));
    }
}

Json primitive(Context &context, Primitive type, const std::string &text) {
    if (text.empty()) return {};
    switch (type) {
        case Primitive::boolean:
            if (text == "Y" || text == "1" || text == "true") return Json::boolean(true);
            if (text == "N" || text == "0" || text == "false") return Json::boolean(false);
            context.issue("warning", "value", "invalid-boolean", "neither Y nor N");
            return {};
        case Primitive::decimal:
        case Primitive::integer:
        case Primitive::unsigned_integer:
        case Primitive::positive_integer: {
            auto number = read_number(text);
            if (number && type != Primitive::decimal &&
                (number->find_first_of(".eE") != std::string::npos || number->size() > 10 ||
                 std::stoll(*number) > INT32_MAX || (*number)[0] == '-' ||
                 (type == Primitive::positive_integer && *number == "0")))
                number.reset();
            if (number) return Json::number(*number);
            context.issue("warning", "value", "invalid-number", "not a number of that kind");
            return {};
        }
        default: return Json::string(text);
    }
}

void apply_segment(Context &context, const Map &map, const Fields &segment, const Related &related,
                   Json &target, std::vector<std::string> *cleared) {
    Application(context, map, target).run(segment, related, cleared);
}

void apply_segment(Context &context, std::string_view map, const Fields &segment,
                   const Related &related, Json &target, std::vector<std::string> *cleared) {
    if (const Map *found = context.mapping.find(map))
        apply_segment(context, *found, segment, related, target, cleared);
}

void apply_value(Context &context, const Map &map, const Value &value, bool in_component,
                 Json &target) {
    Application(context, map, target).run(value, in_component);
}

void apply_value(Context &context, std::string_view map, const Value &value, bool in_component,
                 Json &target) {
    if (const Map *found = context.mapping.find(map))
        apply_value(context, *found, value, in_component, target);
}

}  // namespace clinical::convert
