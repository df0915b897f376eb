// leak_check: the identifiers of a warehouse's raw records searched in every column, key, number
// and string of a release.  Reads with the caller's rights, through cursors.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "core/json.h"
#include "deid/leak_canary.h"
#include "deid/leak_identifiers.h"
#include "deid/leak_matcher.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/jsonb.h"
}

namespace clinical {
namespace {

using deid::LeakCategory;
using deid::LeakHit;
using deid::LeakMatcher;
using deid::LeakPlace;
using deid::Severity;

constexpr int max_depth = 1000;  // nesting of a document; a resource has a dozen levels
constexpr long fetch_rows = 200;

constexpr std::string_view element_names =
#include "deid/data/leak_elements.inc"
    ;
constexpr std::string_view code_element_names =
#include "deid/data/leak_code_elements.inc"
    ;

std::unordered_set<std::string_view> words_of(std::string_view list) {
    std::unordered_set<std::string_view> words;
    for (std::size_t i = 0; i < list.size();) {
        const std::size_t end = std::min(list.find(' ', i), list.size());
        words.insert(list.substr(i, end - i));
        i = end + 1;
    }
    return words;
}

// --- reading -------------------------------------------------------------------------------------

struct Fetched {
    SPITupleTable *table;
    std::uint64_t rows;
};

// An SPI session with a cursor's rows in memory of their own.
class Reader {
public:
    Reader() {
        bridge::pg([&] {
            caller_ = CurrentMemoryContext;
            if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
            rows_ = AllocSetContextCreate(CurrentMemoryContext, "leak check rows",
                                          ALLOCSET_DEFAULT_SIZES);
        });
    }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    // Not in the destructor: after an error the transaction's end does it.
    void finish() {
        bridge::pg([&] {
            SPI_finish();
            MemoryContextSwitchTo(caller_);
        });
    }

    // Calls on_row(columns) for every row of `query`; columns are Datums, 0 where NULL.  `given`
    // is one text array, the query's $1, or empty.
    template <typename OnRow>
    void each(const std::string &query, const std::vector<std::string> *given, OnRow on_row) {
        Portal portal = open(query, given);
        for (;;) {
            const Fetched fetched = bridge::pg([&] {
                SPI_cursor_fetch(portal, true, fetch_rows);
                return Fetched{SPI_tuptable, SPI_processed};
            });
            MemoryContext session = MemoryContextSwitchTo(rows_);
            for (std::uint64_t i = 0; i < fetched.rows; ++i) on_row(columns(fetched, i));
            MemoryContextSwitchTo(session);
            bridge::pg([&] {
                SPI_freetuptable(fetched.table);
                MemoryContextReset(rows_);
                CHECK_FOR_INTERRUPTS();
            });
            if (fetched.rows == 0) break;
        }
        bridge::pg([&] { SPI_cursor_close(portal); });
    }

private:
    Portal open(const std::string &query, const std::vector<std::string> *given) {
        Datum array = 0;
        Oid type = TEXTARRAYOID;
        if (given) {
            const std::size_t n = given->size();
            auto *items =
                static_cast<Datum *>(bridge::pg([&] { return palloc(n * sizeof(Datum) + 1); }));
            for (std::size_t i = 0; i < n; ++i) items[i] = bridge::to_text((*given)[i]);
            array = bridge::pg([&] {
                return PointerGetDatum(
                    construct_array(items, static_cast<int>(n), TEXTOID, -1, false, TYPALIGN_INT));
            });
        }
        const char *text = query.c_str();
        return bridge::pg([&] {
            return SPI_cursor_open_with_args(nullptr, text, given ? 1 : 0, &type, &array, nullptr,
                                             true, 0);
        });
    }

    const Datum *columns(const Fetched &fetched, std::uint64_t row) {
        return bridge::pg([&] {
            TupleDesc desc = fetched.table->tupdesc;
            auto *values = static_cast<Datum *>(
                palloc0(sizeof(Datum) * static_cast<std::size_t>(desc->natts)));
            for (int i = 0; i < desc->natts; ++i) {
                bool is_null;
                const Datum value = SPI_getbinval(fetched.table->vals[row], desc, i + 1, &is_null);
                if (is_null) continue;
                if (TupleDescAttr(desc, i)->attlen != -1) elog(ERROR, "column is no text");
                values[i] = PointerGetDatum(PG_DETOAST_DATUM(value));
            }
            return static_cast<const Datum *>(values);
        });
    }

    MemoryContext caller_ = nullptr;
    MemoryContext rows_ = nullptr;
};

std::string_view text_of(Datum value) { return bridge::view(DatumGetPointer(value)); }

std::string quoted(std::string_view identifier) {
    std::string out = "\"";
    for (const char c : identifier) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string literal(std::string_view text) {
    std::string out = " E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + "'";
}

// --- searching -----------------------------------------------------------------------------------

struct Relation {
    std::string name;
    std::string from;                      // quoted
    std::string kinds;                     // per column: j json, n number, t text
    std::vector<std::string> columns;      // names
    std::vector<std::string> expressions;  // each as jsonb or text
};

// severity (blocking first), category, relation, path -> how often
using Findings = std::map<std::tuple<int, std::string, std::string, std::string>, std::int64_t>;

class Search {
public:
    explicit Search(LeakMatcher &matcher) : matcher_(matcher) {}

    void relation(std::string_view name) { relation_ = shown(name); }

    // A name that is an identifier itself must not be printed.
    [[nodiscard]] std::string shown(std::string_view name) {
        for (const LeakHit &hit : matcher_.search(name, {}))
            if (hit.severity == Severity::blocking) return "*";
        return std::string(name);
    }

    // One value of column `column`, of kind j, n or t.
    void value(std::string_view column, char kind, Datum value) {
        path_.assign(column);
        if (kind == 'j') {
            walk(bridge::JsonbNode(reinterpret_cast<const Jsonb *>(DatumGetPointer(value))), {}, 0);
        } else {
            LeakPlace place = place_of(column);
            place.number = kind == 'n';
            look(text_of(value), place);
        }
    }

    // Of the catalog, where names are words and definitions quote codes.
    void catalog(std::string_view path, std::string_view text) {
        path_.assign(path);
        look(text, {.number = false, .code = true, .kept = false});
    }

    [[nodiscard]] std::int64_t hits() const { return hits_; }
    Findings findings;

private:
    void look(std::string_view text, LeakPlace place) {
        for (const LeakHit &hit : matcher_.search(text, place)) {
            ++hits_;
            ++findings[{hit.severity == Severity::blocking ? 0 : 1,
                        std::string(name_of(hit.category)), relation_, path_}];
        }
    }

    [[nodiscard]] LeakPlace place_of(std::string_view key) const {
        return {.number = false,
                .code = code_elements_.contains(key),
                .kept = key == "state" || key == "country"};
    }

    void walk(const bridge::JsonbNode &node, LeakPlace place, int depth) {
        if (depth > max_depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "document is nested too deeply",
                              "The leak check reads 1000 levels.", 0};
        const std::size_t length = path_.size();
        switch (node.kind()) {
            case core::Kind::string: look(node.as_text(), place); return;
            case core::Kind::number:
                place.number = true;
                look(node.number_text(), place);
                return;
            case core::Kind::array:
                if (!path_.ends_with("[]")) path_ += "[]";
                for (std::size_t i = 0; i < node.size(); ++i) walk(node.at(i), place, depth + 1);
                break;
            case core::Kind::object:
                for (std::size_t i = 0; i < node.size(); ++i) {
                    const std::string_view key = node.key(i);
                    const bool known = elements_.contains(key);
                    // A key is shown only when the standard knows it; the values below are found
                    // under its parent's name.
                    path_ += '.';
                    path_ += known ? key : "*";
                    if (!known) look(key, {});
                    walk(node.at(i), place_of(key), depth + 1);
                    path_.resize(length);
                }
                break;
            default: return;
        }
        path_.resize(length);
    }

    LeakMatcher &matcher_;
    std::unordered_set<std::string_view> elements_ = words_of(element_names);
    std::unordered_set<std::string_view> code_elements_ = words_of(code_element_names);
    std::string relation_;
    std::string path_;
    std::int64_t hits_ = 0;
};

void require_warehouse(Reader &reader, std::string_view against) {
    bool found = false;
    reader.each("SELECT 'found'::text WHERE pg_catalog.to_regclass(" +
                    literal(quoted(against) + ".record") +
                    ") IS NOT NULL AND pg_catalog.to_regclass(" +
                    literal(quoted(against) + ".resource") + ") IS NOT NULL",
                nullptr, [&](const Datum *) { found = true; });
    if (!found)
        throw core::Error{core::ErrorCode::undefined_name, "warehouse does not exist",
                          "The schema has no tables named record and resource.", 0};
}

// What to search: every raw record, and the ids that the warehouse made.
std::int64_t read_identifiers(Reader &reader, std::string_view against, LeakMatcher &matcher) {
    std::int64_t records = 0;
    reader.each("SELECT format, raw FROM " + quoted(against) + ".record", nullptr,
                [&](const Datum *column) {
                    ++records;
                    if (text_of(column[0]) != "hl7v2")
                        throw core::Error{core::ErrorCode::unsupported,
                                          "leak check cannot read the records of this format",
                                          "It reads hl7v2.", 0};
                    deid::add_identifiers(text_of(column[1]), matcher);
                });
    for (const char *ids : {"SELECT id FROM %.resource", "SELECT id FROM %.directory",
                            "SELECT patient_id FROM %.identity"}) {
        std::string query(ids);
        query.replace(query.find('%'), 1, quoted(against));
        reader.each(query, nullptr, [&](const Datum *column) {
            matcher.add_text(LeakCategory::other, text_of(column[0]));
        });
    }
    return records;
}

// Identifiers that queries give besides (release_tables): one text column each, of a category.
struct Given {
    std::vector<std::string> queries;
    std::vector<std::string> categories;
};

// Of category hl7v2: messages; ordinary: words that may stay.
std::int64_t read_given(Reader &reader, const Given &given, LeakMatcher &matcher) {
    std::int64_t read = 0;
    for (std::size_t i = 0; i < given.queries.size(); ++i) {
        const std::string &what = given.categories[i];
        auto category = LeakCategory::other;
        for (int c = 0; c < deid::leak_categories; ++c)
            if (name_of(static_cast<LeakCategory>(c)) == what)
                category = static_cast<LeakCategory>(c);
        reader.each(given.queries[i], nullptr, [&](const Datum *column) {
            if (!column[0]) return;
            const std::string_view text = text_of(column[0]);
            if (what == "ordinary") {
                matcher.add_ordinary(text);
                return;
            }
            ++read;
            if (what == "hl7v2")
                deid::add_identifiers(text, matcher);
            else
                matcher.add_text(category, text);
        });
    }
    return read;
}

std::vector<Relation> relations_of(Reader &reader, std::string_view target) {
    std::vector<Relation> relations;
    reader.each(
        "SELECT c.relname::text, format('%I.%I', n.nspname, c.relname), a.attname::text,"
        " CASE WHEN t.typname IN ('json', 'jsonb') THEN 'j'"
        "      WHEN t.typcategory = 'N' THEN 'n' ELSE 't' END,"
        " format(CASE WHEN t.typname IN ('json', 'jsonb') THEN '%I::jsonb'"
        "             WHEN t.typname = 'bytea' THEN 'encode(%I, ''escape'')'"
        "             ELSE '%I::text' END, a.attname)"
        " FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid"
        " JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid"
        " WHERE c.relkind IN ('r', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
        " AND n.nspname = " +
            literal(target) + " ORDER BY c.relname, a.attnum",
        nullptr, [&](const Datum *column) {
            const std::string_view name = text_of(column[0]);
            if (relations.empty() || relations.back().name != name)
                relations.push_back(
                    {std::string(name), std::string(text_of(column[1])), "", {}, {}});
            Relation &relation = relations.back();
            relation.columns.emplace_back(text_of(column[2]));
            relation.kinds += text_of(column[3])[0];
            relation.expressions.emplace_back(text_of(column[4]));
        });
    return relations;
}

std::string rows_query(const Relation &relation) {
    std::string query;
    for (const std::string &expression : relation.expressions)
        query += (query.empty() ? "SELECT " : ", ") + expression;
    return query + " FROM " + relation.from;
}

// Copies of the first row's document, with one element of $1 planted beside each.
std::string planted_query(const Relation &relation, std::size_t column) {
    return "SELECT jsonb_build_array((SELECT " + relation.expressions[column] + " FROM " +
           relation.from +
           " LIMIT 1), p::jsonb) FROM unnest($1) WITH ORDINALITY AS x(p, n) ORDER BY n";
}

constexpr const char *planted_text =
    "SELECT p FROM unnest($1) WITH ORDINALITY AS x(p, n) ORDER BY n";

struct Plant {
    LeakCategory category;
    std::string json;
    std::string text;
};

std::vector<Plant> plants_of(const deid::CanaryRecord &made, const LeakMatcher &matcher) {
    std::vector<Plant> plants;
    const auto elements = words_of(element_names);
    const auto add = [&](const deid::Canary &canary, bool made_up) {
        for (const core::Json &guise : deid::disguise(canary, made_up)) {
            // Keys of the standard are not searched, even if a patient is called Page.
            if (elements.contains(canary.text) && !guise.find(canary.text).is_absent()) continue;
            plants.push_back({canary.category, core::to_text(guise), canary.text});
        }
    };
    for (const deid::Canary &canary : made.canaries) add(canary, true);
    for (int i = 0; i < deid::leak_categories; ++i) {
        const auto category = static_cast<LeakCategory>(i);
        for (const std::string &sample : matcher.samples(category)) add({category, sample}, false);
    }
    return plants;
}

[[noreturn]] void distrust(LeakCategory category, std::string_view relation) {
    const std::string what(name_of(category));
    const std::string where(relation);
    const char *c = what.c_str();
    const char *r = where.c_str();
    bridge::pg([&] {
        ereport(
            ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("leak check cannot be trusted"),
             errdetail("A planted identifier of category \"%s\" was not found in a copy of \"%s\".",
                       c, r)));
    });
    throw std::bad_alloc();  // not reached: ereport became an exception
}

// Every plant must show in copies of a document, or as text; the first copy holds none.
void check_plants(Reader &reader, LeakMatcher &matcher, const std::vector<Plant> &plants,
                  const std::string &query, char kind, std::string_view relation) {
    std::vector<std::string> given{kind == 'j' ? "{}" : ""};
    for (const Plant &plant : plants) given.push_back(kind == 'j' ? plant.json : plant.text);
    Search search(matcher);
    std::size_t row = 0;
    std::int64_t unplanted = 0;
    std::int64_t before = 0;
    reader.each(query, &given, [&](const Datum *column) {
        search.value("", kind, column[0]);
        const std::int64_t hits = search.hits() - before;
        before = search.hits();
        if (row == 0)
            unplanted = hits;
        else if (hits <= unplanted)
            distrust(plants[row - 1].category, relation);
        ++row;
    });
    if (row != given.size()) distrust(LeakCategory::other, relation);
}

void search_catalog(Reader &reader, std::string_view target, Search &search) {
    reader.each(
        "WITH s AS (SELECT oid FROM pg_namespace WHERE nspname = " + literal(target) +
            "), r AS (SELECT c.* FROM pg_class c JOIN s ON c.relnamespace = s.oid),"
            " a AS (SELECT a.*, r.relname FROM r JOIN pg_attribute a ON a.attrelid = r.oid"
            "       WHERE a.attnum > 0 AND NOT a.attisdropped)"
            " SELECT relation::text, path::text, said::text FROM ("
            "SELECT '(schema)', '(comment)', obj_description(oid, 'pg_namespace') FROM s"
            " UNION ALL SELECT relname, '(name)', relname FROM r"
            " UNION ALL SELECT relname, '(comment)', obj_description(oid, 'pg_class') FROM r"
            " UNION ALL SELECT relname, '(definition)', pg_get_viewdef(oid) FROM r"
            "  WHERE relkind IN ('v', 'm')"
            " UNION ALL SELECT relname, '(column)', attname FROM a"
            " UNION ALL SELECT relname, '(comment)', col_description(attrelid, attnum) FROM a"
            " UNION ALL SELECT relname, '(definition)', pg_get_expr(adbin, adrelid)"
            "  FROM r JOIN pg_attrdef ON adrelid = r.oid"
            " UNION ALL SELECT relname, '(definition)', pg_get_constraintdef(k.oid)"
            "  FROM r JOIN pg_constraint k ON conrelid = r.oid) x(relation, path, said)",
        nullptr, [&](const Datum *column) {
            if (!column[2]) return;
            search.relation(text_of(column[0]));
            search.catalog(text_of(column[1]), text_of(column[2]));
        });
}

struct State {
    Findings findings;
    Findings::const_iterator next;
};

void run(std::string_view target, std::string_view against, const Given &given, State &state) {
    Reader reader;
    require_warehouse(reader, against);
    LeakMatcher matcher;
    const std::int64_t known = read_identifiers(reader, against, matcher);
    if (read_given(reader, given, matcher) + known == 0)
        bridge::pg([&] {
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("leak check cannot be trusted"),
                            errdetail("The warehouse holds no raw record to compare with.")));
        });
    const std::vector<Relation> relations = relations_of(reader, target);
    if (relations.empty())
        throw core::Error{core::ErrorCode::undefined_name, "release does not exist",
                          "The schema holds no table.", 0};

    const std::uint64_t seed = bridge::pg([&] {
        std::uint64_t random;
        if (!pg_strong_random(&random, sizeof random)) elog(ERROR, "no random numbers");
        return random;
    });
    const deid::CanaryRecord made = deid::make_canary_record(seed);
    const std::vector<Plant> plants = plants_of(made, matcher);
    deid::add_identifiers(made.record, matcher);
    check_plants(reader, matcher, plants, planted_text, 't', "text");
    for (const Relation &relation : relations)
        for (std::size_t i = 0; i < relation.kinds.size(); ++i)
            if (relation.kinds[i] == 'j')
                check_plants(reader, matcher, plants, planted_query(relation, i), 'j',
                             relation.name);

    Search search(matcher);
    for (const Relation &relation : relations) {
        search.relation(relation.name);
        std::vector<std::string> names;
        for (const std::string &name : relation.columns) names.push_back(search.shown(name));
        reader.each(rows_query(relation), nullptr, [&](const Datum *column) {
            for (std::size_t i = 0; i < names.size(); ++i)
                if (column[i]) search.value(names[i], relation.kinds[i], column[i]);
        });
    }
    search_catalog(reader, target, search);
    reader.finish();
    state.findings = std::move(search.findings);
}

}  // namespace
}  // namespace clinical

using namespace clinical;

static Datum findings(FunctionCallInfo fcinfo, const Given &given) {
    return bridge::stream_rows<5>(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<State>(context);
            run(bridge::text_argument(fcinfo, 0), bridge::text_argument(fcinfo, 1), given, *state);
            state->next = state->findings.begin();
            return state;
        },
        [](void *opaque, bridge::Row<5> &row) {
            auto *state = static_cast<State *>(opaque);
            if (state->next == state->findings.end()) return false;
            const auto &[where, count] = *state->next++;
            const auto &[severity, category, relation, path] = where;
            row.set(0, bridge::to_text(severity == 0 ? "blocking" : "review"));
            row.set(1, bridge::to_text(category));
            row.set(2, bridge::to_text(relation));
            row.set(3, bridge::to_text(path));
            row.set(4, Int64GetDatum(count));
            return true;
        });
}

CLINICAL_FUNCTION(leak_check) { return findings(fcinfo, {}); }

// (target, against, queries, categories)
CLINICAL_FUNCTION(leak_check_tables) {
    const auto texts = [&](int n) {
        struct Items {
            Datum *values;
            bool *nulls;
            int count;
        };
        const Items items = bridge::pg([&] {
            Items i{nullptr, nullptr, 0};
            deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &i.values,
                              &i.nulls, &i.count);
            return i;
        });
        std::vector<std::string> out;
        for (int i = 0; i < items.count; ++i)
            out.emplace_back(items.nulls[i] ? std::string_view() : text_of(items.values[i]));
        return out;
    };
    Given given;
    // Of a set's later calls, nothing is asked again.
    if (SRF_IS_FIRSTCALL()) given = {texts(2), texts(3)};
    if (given.queries.size() != given.categories.size())
        throw core::Error{core::ErrorCode::invalid_option,
                          "queries and categories must be of the same number", "", 0};
    return findings(fcinfo, given);
}
