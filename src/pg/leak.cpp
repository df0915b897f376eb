// leak_check: the identifiers of a warehouse's raw records searched in every column, key, number
// and string of a release.  Reads with the caller's rights, by queries that may be parallel.

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "bridge/rows.h"
#include "bridge/text_array.h"
#include "core/json.h"
#include "deid/leak_canary.h"
#include "deid/leak_identifiers.h"
#include "deid/leak_matcher.h"
#include "pg/leak_search.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "tcop/dest.h"
#include "utils/memutils.h"
}

namespace clinical {
namespace {

using deid::LeakCategory;
using deid::LeakHit;
using deid::LeakMatcher;
using deid::Severity;

// --- reading -------------------------------------------------------------------------------------

// Rows as they come out of the executor: not through a cursor, whose plans never are parallel.
struct Receiver {
    DestReceiver base;
    void (*on_row)(void *, const Datum *);
    void *closure;
    MemoryContext row;  // memory of one row
    Datum *values;
};

bool receive_row(TupleTableSlot *slot, DestReceiver *self) {
    auto *receiver = reinterpret_cast<Receiver *>(self);
    MemoryContext caller = MemoryContextSwitchTo(receiver->row);
    slot_getallattrs(slot);
    for (int i = 0; i < slot->tts_tupleDescriptor->natts; ++i) {
        receiver->values[i] = 0;
        if (slot->tts_isnull[i]) continue;
        if (TupleDescAttr(slot->tts_tupleDescriptor, i)->attlen != -1)
            elog(ERROR, "column is no text");
        receiver->values[i] = PointerGetDatum(PG_DETOAST_DATUM(slot->tts_values[i]));
    }
    bridge::enter_callback([&] { receiver->on_row(receiver->closure, receiver->values); });
    MemoryContextSwitchTo(caller);
    MemoryContextReset(receiver->row);
    return true;
}

// An SPI session.
class Reader {
public:
    Reader() {
        bridge::pg([&] {
            caller_ = CurrentMemoryContext;
            if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
            row_ = AllocSetContextCreate(CurrentMemoryContext, "leak check row",
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
        const Datum array = given ? bridge::to_text_array(*given) : 0;
        const char *text = query.c_str();
        void *closure = &on_row;
        bridge::pg([&] {
            Receiver receiver{};
            receiver.base.receiveSlot = receive_row;
            receiver.base.rStartup = [](DestReceiver *, int, TupleDesc) {};
            receiver.base.rShutdown = [](DestReceiver *) {};
            receiver.base.rDestroy = [](DestReceiver *) {};
            receiver.base.mydest = DestNone;
            receiver.on_row = [](void *f, const Datum *row) { (*static_cast<OnRow *>(f))(row); };
            receiver.closure = closure;
            receiver.row = row_;
            receiver.values =
                static_cast<Datum *>(palloc0(sizeof(Datum) * MaxTupleAttributeNumber));
            SPIExecuteOptions options{};
            options.read_only = true;
            options.dest = &receiver.base;
            if (array) {
                options.params = makeParamList(1);
                options.params->params[0] = {array, false, PARAM_FLAG_CONST, TEXTARRAYOID};
            }
            if (SPI_execute_extended(text, &options) < 0) elog(ERROR, "query failed");
            pfree(receiver.values);
        });
    }

private:
    MemoryContext caller_ = nullptr;
    MemoryContext row_ = nullptr;
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

constexpr std::uint32_t most_passes = 256;
constexpr std::size_t least_table = std::size_t{4}
                                    << 20;  // less would cost more passes than it saves
constexpr int sampled_records = 200;

// Identifiers that queries give besides (release_tables): one text column each, of a category.
struct Given {
    std::vector<std::string> queries;
    std::vector<std::string> categories;
};

// Identifiers as they are said, for the plants: of a few records, and of a few that were given.
std::int64_t sample_identifiers(Reader &reader, std::string_view against, const Given &given,
                                LeakMatcher &matcher) {
    std::int64_t records = 0;
    reader.each("SELECT format, raw FROM " + quoted(against) + ".record LIMIT " +
                    std::to_string(sampled_records),
                nullptr, [&](const Datum *column) {
                    ++records;
                    deid::add_identifiers(text_of(column[0]), text_of(column[1]), matcher);
                });
    for (std::size_t i = 0; i < given.queries.size(); ++i)
        reader.each("SELECT v FROM (" + given.queries[i] + ") g(v) WHERE v IS NOT NULL LIMIT " +
                        std::to_string(sampled_records),
                    nullptr, [&](const Datum *column) {
                        records += add_given(text_of(column[0]), given.categories[i], matcher);
                    });
    return records;
}

// What to search: every raw record, and the ids that the warehouse made.  False when that is more
// than fits into `most` bytes.
bool read_identifiers(Reader &reader, std::string_view against, const Given &given, LeakPass pass,
                      std::size_t most, LeakMatcher &matcher) {
    const std::string passes =
        std::to_string(pass.number) + ", " + std::to_string(pass.of) + ") AS keys";
    std::vector<std::string> keys = {
        "_pgclinical.leak_keys(format, raw, " + passes + " FROM %.record",
        "_pgclinical.leak_id_keys(id, " + passes + " FROM %.resource",
        "_pgclinical.leak_id_keys(id, " + passes + " FROM %.directory",
        "_pgclinical.leak_id_keys(patient_id, " + passes + " FROM %.identity"};
    for (std::string &query : keys) query.replace(query.find('%'), 1, quoted(against));
    for (std::size_t i = 0; i < given.queries.size(); ++i)
        keys.push_back("_pgclinical.leak_value_keys(v, " + literal(given.categories[i]) + ", " +
                       passes + " FROM (" + given.queries[i] + ") g(v)");
    bool fits = true;
    for (std::string query : keys) {
        // The fence keeps the function from being called again by the condition.
        query = "SELECT keys FROM (SELECT " + query + " OFFSET 0) k WHERE keys IS NOT NULL";
        reader.each(query, nullptr, [&](const Datum *column) {
            if (!fits) return;
            std::string_view bytes = text_of(column[0]);
            for (; bytes.size() >= leak_key_bytes; bytes.remove_prefix(leak_key_bytes)) {
                std::uint64_t key;
                std::uint16_t bits;
                std::memcpy(&key, bytes.data(), sizeof key);
                std::memcpy(&bits, bytes.data() + sizeof key, sizeof bits);
                matcher.add_key(key, bits);
            }
            fits = pass.of == most_passes || matcher.table().bytes_to_grow() <= most;
        });
        if (!fits) return false;
    }
    return true;
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

// A function takes a hundred arguments; so many columns of a relation are searched at once.
constexpr std::size_t columns_at_once = 50;

std::string look_query(const Relation &relation, std::size_t first,
                       const std::vector<std::string> &shown, std::uint32_t handle,
                       std::int64_t nonce) {
    std::string names;
    std::string values;
    const std::size_t end = std::min(first + columns_at_once, relation.columns.size());
    for (std::size_t i = first; i < end; ++i) {
        names += (names.empty() ? "" : ",") + literal(relation.kinds[i] + shown[i]);
        values += ", " + relation.expressions[i];
    }
    return "SELECT found FROM (SELECT _pgclinical.leak_look(" + std::to_string(handle) + ", " +
           literal(std::to_string(nonce)) + "::bigint, ARRAY[" + names + "]::text[]" + values +
           ") AS found FROM " + relation.from + " OFFSET 0) l WHERE found IS NOT NULL";
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
    const auto &elements = leak_elements();
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
    LeakSearch search(matcher);
    std::size_t row = 0;
    std::int64_t unplanted = 0;
    reader.each(query, &given, [&](const Datum *column) {
        std::int64_t hits = 0;
        search.value("", kind, column[0], [&](const LeakHit &, std::string_view) { ++hits; });
        if (row == 0)
            unplanted = hits;
        else if (hits <= unplanted)
            distrust(plants[row - 1].category, relation);
        ++row;
    });
    if (row != given.size()) distrust(LeakCategory::other, relation);
}

void add_finding(Findings &findings, const LeakHit &hit, std::string_view relation,
                 std::string_view path) {
    ++findings[{hit.severity == Severity::blocking ? 0 : 1, std::string(name_of(hit.category)),
                std::string(relation), std::string(path)}];
}

void search_catalog(Reader &reader, std::string_view target, LeakSearch &search,
                    Findings &findings) {
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
            const std::string relation = search.shown(text_of(column[0]));
            search.catalog(text_of(column[1]), text_of(column[2]),
                           [&](const LeakHit &hit, std::string_view path) {
                               add_finding(findings, hit, relation, path);
                           });
        });
}

struct State {
    Findings findings;
    Findings::const_iterator next;
};

// The matcher's table where every process of this query may read it.
class Published {
public:
    Published(const LeakMatcher &matcher, std::int64_t nonce) {
        const auto image = matcher.table().image();
        const std::size_t size = sizeof(LeakShared) + image.size_bytes();
        segment_ = bridge::pg([&] { return dsm_create(size, 0); });
        auto *shared = static_cast<LeakShared *>(dsm_segment_address(segment_));
        shared->kind = LeakShared::magic;
        shared->nonce = static_cast<std::uint64_t>(nonce);
        shared->words = image.size();
        std::memcpy(shared->image, image.data(), image.size_bytes());
    }
    [[nodiscard]] std::uint32_t handle() const { return dsm_segment_handle(segment_); }
    // Not in the destructor: after an error the transaction's end does it.
    void finish() {
        bridge::pg([&] { dsm_detach(segment_); });
    }

private:
    dsm_segment *segment_;
};

void search_relations(Reader &reader, const std::vector<Relation> &relations, LeakMatcher &matcher,
                      std::int64_t nonce, Findings &findings) {
    Published published(matcher, nonce);
    LeakSearch search(matcher);
    for (const Relation &relation : relations) {
        const std::string name = search.shown(relation.name);
        std::vector<std::string> shown;
        for (const std::string &column : relation.columns) shown.push_back(search.shown(column));
        for (std::size_t first = 0; first < shown.size(); first += columns_at_once)
            reader.each(look_query(relation, first, shown, published.handle(), nonce), nullptr,
                        [&](const Datum *column) {
                            read_findings(text_of(column[0]),
                                          [&](const LeakHit &hit, std::string_view path) {
                                              add_finding(findings, hit, name, path);
                                          });
                        });
    }
    published.finish();
}

// As text, and in every column of documents.
void check_all_plants(Reader &reader, const std::vector<Relation> &relations, LeakMatcher &matcher,
                      const std::vector<Plant> &plants) {
    check_plants(reader, matcher, plants, planted_text, 't', "text");
    for (const Relation &relation : relations)
        for (std::size_t i = 0; i < relation.kinds.size(); ++i)
            if (relation.kinds[i] == 'j')
                check_plants(reader, matcher, plants, planted_query(relation, i), 'j',
                             relation.name);
}

// The identifiers that plants repeat.
void add_samples(const LeakMatcher &sampled, LeakMatcher &matcher) {
    for (int i = 0; i < deid::leak_categories; ++i) {
        const auto category = static_cast<LeakCategory>(i);
        for (const std::string &sample : sampled.samples(category)) {
            deid::FullDate date;
            if (category == LeakCategory::date && deid::read_date(sample, date))
                matcher.add_date(date.year, date.month, date.day);
            else
                matcher.add_text(category, sample);
        }
    }
}

std::uint64_t random_number() {
    return bridge::pg([&] {
        std::uint64_t random;
        if (!pg_strong_random(&random, sizeof random)) elog(ERROR, "no random numbers");
        return random;
    });
}

void run(std::string_view target, std::string_view against, const Given &given, State &state) {
    Reader reader;
    require_warehouse(reader, against);
    LeakMatcher sampled;
    if (sample_identifiers(reader, against, given, sampled) == 0)
        bridge::pg([&] {
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("leak check cannot be trusted"),
                            errdetail("The warehouse holds no raw record to compare with.")));
        });
    const std::vector<Relation> relations = relations_of(reader, target);
    if (relations.empty())
        throw core::Error{core::ErrorCode::undefined_name, "release does not exist",
                          "The schema holds no table.", 0};

    const deid::CanaryRecord made = deid::make_canary_record(random_number());
    const std::vector<Plant> plants = plants_of(made, sampled);
    const auto nonce = static_cast<std::int64_t>(random_number());
    const auto most = std::max(static_cast<std::size_t>(maintenance_work_mem) * 1024, least_table);
    for (LeakPass pass; pass.number < pass.of;) {
        LeakMatcher matcher;
        if (!read_identifiers(reader, against, given, pass, most, matcher)) {
            state.findings.clear();
            pass = {0, pass.of * 2};
            continue;
        }
        deid::add_identifiers(made.record, matcher);
        if (pass.of == 1) {
            check_all_plants(reader, relations, matcher, plants);
        } else if (pass.number == 0) {
            // No pass has all of them: they are looked for in a table of their own.
            LeakMatcher planted;
            deid::add_identifiers(made.record, planted);
            add_samples(sampled, planted);
            check_all_plants(reader, relations, planted, plants);
        }
        search_relations(reader, relations, matcher, nonce, state.findings);
        LeakSearch search(matcher);
        search_catalog(reader, target, search, state.findings);
        ++pass.number;
    }
    reader.finish();
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
    Given given;
    // Of a set's later calls, nothing is asked again.
    if (SRF_IS_FIRSTCALL()) given = {texts_argument(fcinfo, 2), texts_argument(fcinfo, 3)};
    if (given.queries.size() != given.categories.size())
        throw core::Error{core::ErrorCode::invalid_option,
                          "queries and categories must be of the same number", "", 0};
    return findings(fcinfo, given);
}
