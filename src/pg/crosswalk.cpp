// The crosswalk: random codes for identifiers, one set per project, and the door to it.
//
// A code is random (45 CFR 164.514(c)(1): not derived from information about the individual); the
// table holds it beside HMAC-SHA256(key, project 00 domain 00 identifier), so it names nobody.  The
// key lies in a file outside the data directory: neither a dump nor a base backup holds it.
//
// CALL pgclinical.release opens the door for as long as it runs; every function of the crosswalk
// refuses to work while it is closed.

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/text_array.h"
#include "pg/door.h"
#include "pg/keyed_hash.h"
#include "pg/settings.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
}

namespace clinical {
namespace {

char *crosswalk_key_file = nullptr;

// --- the key -------------------------------------------------------------------------------------

constexpr std::size_t least_key_bytes = 32;
constexpr std::size_t most_key_bytes = 4096;
constexpr std::size_t token_bytes = 32;

// Key bytes that are wiped when they are no longer needed, errors included.
class Key {
public:
    Key() = default;
    Key(const Key &) = delete;
    Key &operator=(const Key &) = delete;
    ~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    // False for whatever reason: the caller says one thing only.
    bool read(const char *path) {
        const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) return false;
        struct stat state {};
        const bool fit = fstat(file, &state) == 0 && S_ISREG(state.st_mode) &&
                         state.st_uid == geteuid() && (state.st_mode & 07777) == S_IRUSR &&
                         state.st_nlink == 1 &&
                         static_cast<std::size_t>(state.st_size) >= least_key_bytes &&
                         static_cast<std::size_t>(state.st_size) <= most_key_bytes;
        if (fit) {
            const ssize_t n = ::read(file, bytes_.data(), bytes_.size());
            size_ = n == state.st_size ? static_cast<std::size_t>(n) : 0;
        }
        close(file);
        return size_ > 0;
    }

    // HMAC-SHA256 over the parts, a zero byte between them.
    std::array<unsigned char, token_bytes> token(std::int64_t project, std::string_view domain,
                                                 std::string_view identifier) const {
        std::string message = std::to_string(project);
        message += '\0';
        message += domain;
        message += '\0';
        message += identifier;
        std::array<unsigned char, token_bytes> out{};
        unsigned int length = 0;
        if (!HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(size_),
                  reinterpret_cast<const unsigned char *>(message.data()), message.size(),
                  out.data(), &length) ||
            length != token_bytes)
            throw std::bad_alloc();
        return out;
    }

private:
    std::array<unsigned char, most_key_bytes> bytes_{};
    std::size_t size_ = 0;
};

// Outside the data directory, however either is written.
bool lies_outside_data(const char *path) {
    std::array<char, PATH_MAX> file{};
    std::array<char, PATH_MAX> data{};
    if (path[0] != '/' || !realpath(path, file.data()) || !realpath(DataDir, data.data()))
        return false;
    std::string folder(data.data());
    if (!folder.ends_with('/')) folder += '/';
    return !std::string_view(file.data()).starts_with(folder);
}

void read_key(Key &key) {
    const char *path = crosswalk_key_file;
    if (path && *path && lies_outside_data(path) && key.read(path)) return;
    bridge::pg([&] {
        ereport(ERROR,
                (errcode(ERRCODE_CONFIG_FILE_ERROR), errmsg("crosswalk key cannot be used"),
                 errhint("Setting pgclinical.crosswalk_key_file must name a regular file of at "
                         "least 32 bytes, owned by the server's user, of mode 0400, without links "
                         "to it, outside the data directory.")));
    });
}

// --- the door ------------------------------------------------------------------------------------

// What may call in: one administrative verb at a time, in this backend, while it runs.
struct Door {
    Verb verb = Verb::none;
    std::int64_t project = 0;                                    // whose codes may be asked for ...
    LocalTransactionId transaction = InvalidLocalTransactionId;  // ... in this transaction
    bool locked = false;                                         // this session has the project
    std::int64_t lock = 0;
};

Door &door() {
    static Door one;
    return one;
}

class Open {
public:
    explicit Open(Verb verb) : before_(door()) {
        door() = Door{};
        door().verb = verb;
    }
    Open(const Open &) = delete;
    Open &operator=(const Open &) = delete;
    ~Open() {
        // Also after an error: a lock of the session outlives its transactions.
        if (door().locked)
            bridge::protect(
                [](void *key) {
                    DirectFunctionCall1(pg_advisory_unlock_int8,
                                        Int64GetDatum(*static_cast<std::int64_t *>(key)));
                },
                &door().lock);
        door() = before_;
    }

private:
    Door before_;
};

void require_releaser() {
    bridge::pg([&] {
        if (!has_privs_of_role(GetUserId(), get_role_oid("pgclinical_releaser", false)))
            ereport(
                ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for releases"),
                 errdetail("Only members of pgclinical_releaser may attest and release.")));
    });
}

void require_verb(Verb verb) {
    if (door().verb == verb) return;
    bridge::pg([&] {
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("the crosswalk cannot be used directly"),
                        errhint("Use CALL pgclinical.release(...).")));
    });
}

// Runs one statement with the arguments of the call as its parameters; returns its first value.
Datum run_statement(FunctionCallInfo fcinfo, const char *text, int count, Oid *types,
                    bool commits) {
    return bridge::pg([&] {
        ParamListInfo parameters = makeParamList(count);
        for (int i = 0; i < count; ++i) {
            ParamExternData &parameter = parameters->params[i];
            parameter.value = fcinfo->args[i].value;
            parameter.isnull = fcinfo->args[i].isnull;
            parameter.pflags = PARAM_FLAG_CONST;
            parameter.ptype = types[i];
        }
        MemoryContext caller = CurrentMemoryContext;
        SPIExecuteOptions options{};
        options.params = parameters;
        options.allow_nonatomic = commits;
        SPI_connect_ext(commits ? SPI_OPT_NONATOMIC : 0);
        const int result = SPI_execute_extended(text, &options);
        if (result < 0) elog(ERROR, "statement failed: %s", SPI_result_code_string(result));
        Datum first = 0;
        if (result == SPI_OK_SELECT && SPI_processed == 1) {
            bool is_null;
            first = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
        }
        SPI_finish();
        MemoryContextSwitchTo(caller);
        return first;
    });
}

// --- codes ---------------------------------------------------------------------------------------

// 128 random bits as 32 letters.  No digits and no vowels: no run of a code can equal a number or
// spell a name, so the leak check needs no exception for codes.
std::string new_code() {
    std::array<unsigned char, 16> random{};
    if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1)
        throw core::Error{core::ErrorCode::corrupt, "no random numbers for codes", "", 0};
    static constexpr std::string_view letters = "bcdfghjkmnpqrstv";
    std::string code;
    for (const unsigned char byte : random) {
        code += letters[byte >> 4];
        code += letters[byte & 15];
    }
    return code;
}

}  // namespace

Verb running_verb() { return door().verb; }

void require_release_of(std::int64_t project) {
    require_verb(Verb::release);
    if (door().project == project && door().transaction == bridge::local_transaction()) return;
    throw core::Error{core::ErrorCode::invalid_option, "this project is not being released", "", 0};
}

void open_release(std::int64_t project) {
    door().verb = Verb::release;
    door().project = project;
    door().transaction = bridge::local_transaction();
}

void define_crosswalk_settings() {
    DefineCustomStringVariable(
        "pgclinical.crosswalk_key_file", "File with the key of the crosswalk's tokens.",
        "At least 32 bytes, owned by the server's user, of mode 0400, outside the data directory.",
        &crosswalk_key_file, "", PGC_SUSET, GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
}

}  // namespace clinical

using namespace clinical;

namespace {

// Opens the door for a procedure and takes its steps, which commit.
void release_by(FunctionCallInfo fcinfo, const char *steps, int count, Oid *types) {
    require_releaser();
    const bool atomic = !fcinfo->context || !IsA(fcinfo->context, CallContext) ||
                        castNode(CallContext, fcinfo->context)->atomic;
    if (atomic)
        bridge::pg([&] {
            ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
                            errmsg("a release cannot run inside a transaction block or function"),
                            errhint("Use CALL as a statement of its own.")));
        });
    const Open open(Verb::release);
    run_statement(fcinfo, steps, count, types, true);
}

}  // namespace

CLINICAL_FUNCTION(release) {
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, DATEOID, NAMEOID};
    release_by(fcinfo, "CALL _pgclinical.release_steps($1, $2, $3, $4, $5)", 5, types);
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(release_tables) {
    Oid types[] = {TEXTOID, TEXTOID, REGCLASSARRAYOID, TEXTOID, DATEOID, NAMEOID};
    release_by(fcinfo, "CALL _pgclinical.release_tables_steps($1, $2, $3, $4, $5, $6)", 6, types);
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(attest) {
    require_releaser();
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID};
    const Open open(Verb::attest);
    return run_statement(
        fcinfo, "SELECT _pgclinical.attest_steps($1, $2, $3, $4, pgclinical.policy_hash($3))", 4,
        types, false);
}

CLINICAL_FUNCTION(attest_tables) {
    require_releaser();
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, REGCLASSARRAYOID};
    const Open open(Verb::attest);
    return run_statement(fcinfo,
                         "SELECT _pgclinical.attest_steps($1, $2, $3, $4,"
                         " pgclinical.table_policy_hash($5, $3), pg_catalog.cardinality($5))",
                         5, types, false);
}

CLINICAL_FUNCTION(sign_finding) {
    require_releaser();
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, TEXTOID};
    const Open open(Verb::attest);
    return run_statement(fcinfo,
                         "SELECT _pgclinical.sign_steps($1, $2, $3, $4, $5, $6, $7, $8,"
                         " pgclinical.policy_hash($3))",
                         8, types, false);
}

CLINICAL_FUNCTION(sign_finding_tables) {
    require_releaser();
    Oid types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID,         TEXTOID,
                   TEXTOID, INT8OID, TEXTOID, REGCLASSARRAYOID};
    const Open open(Verb::attest);
    return run_statement(fcinfo,
                         "SELECT _pgclinical.sign_steps($1, $2, $3, $4, $5, $6, $7, $8,"
                         " pgclinical.table_policy_hash($9, $3))",
                         9, types, false);
}

CLINICAL_FUNCTION(require_release) {
    require_verb(Verb::release);
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(require_attest) {
    require_verb(Verb::attest);
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(crosswalk_begin) {
    require_verb(Verb::release);
    const std::int64_t project = PG_GETARG_INT64(0);
    Key key;
    read_key(key);
    const auto check = key.token(project, "", "pgclinical crosswalk key");
    open_release(project);
    return bridge::to_text({reinterpret_cast<const char *>(check.data()), check.size()});
}

CLINICAL_FUNCTION(crosswalk_tokens) {
    const std::int64_t project = PG_GETARG_INT64(0);
    require_release_of(project);
    const auto domains = bridge::text_array_without_nulls(fcinfo, 1);
    const auto identifiers = bridge::text_array_without_nulls(fcinfo, 2);
    if (domains.size() != identifiers.size())
        throw core::Error{core::ErrorCode::invalid_option,
                          "domains and identifiers must be of the same number", "", 0};
    Key key;
    read_key(key);
    std::vector<std::string> tokens(identifiers.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto token = key.token(project, domains[i], identifiers[i]);
        tokens[i].assign(token.begin(), token.end());
    }
    return bridge::to_text_array(tokens, BYTEAOID);
}

// Codes that any transaction has committed, whatever this one's snapshot shows.
CLINICAL_FUNCTION(crosswalk_find) {
    require_release_of(PG_GETARG_INT64(0));
    return bridge::pg([&] {
        Oid types[] = {INT8OID, TEXTARRAYOID, BYTEAARRAYOID};
        Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
        MemoryContext caller = CurrentMemoryContext;
        SPI_connect();
        PushActiveSnapshot(GetLatestSnapshot());
        // By its key, however many projects the table holds.
        const int nest = NewGUCNestLevel();
        for (const char *other : {"enable_hashjoin", "enable_mergejoin", "enable_seqscan"})
            set_config_option(other, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                              false);
        if (SPI_execute_with_args(
                "SELECT array_agg(c.code ORDER BY x.n) FROM unnest($2, $3) WITH ORDINALITY"
                " AS x(domain, token, n) LEFT JOIN pgclinical_crosswalk.code c"
                " ON c.project = $1 AND c.domain = x.domain AND c.token = x.token",
                3, types, values, nullptr, true, 1) != SPI_OK_SELECT)
            elog(ERROR, "codes could not be read");
        bool is_null;
        Datum found = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
        MemoryContextSwitchTo(caller);
        found = is_null ? PointerGetDatum(construct_empty_array(TEXTOID))
                        : PointerGetDatum(PG_DETOAST_DATUM_COPY(found));
        AtEOXact_GUC(true, nest);
        PopActiveSnapshot();
        SPI_finish();
        return found;
    });
}

// One release of a project at a time, over all its transactions.
CLINICAL_FUNCTION(crosswalk_lock) {
    require_verb(Verb::release);
    const std::int64_t key = PG_GETARG_INT64(0);
    if (!door().locked) {
        door().locked = bridge::pg([&] {
            return DatumGetBool(DirectFunctionCall1(pg_try_advisory_lock_int8, Int64GetDatum(key)));
        });
        door().lock = key;
    }
    PG_RETURN_BOOL(door().locked && door().lock == key);
}

CLINICAL_FUNCTION(crosswalk_random_codes) {
    std::vector<std::string> codes(static_cast<std::size_t>(std::max(PG_GETARG_INT32(0), 0)));
    for (std::string &code : codes) code = new_code();
    return bridge::to_text_array(codes);
}

namespace clinical::pg {

KeyedDigest keyed_hash() {
    auto key = std::make_shared<std::unique_ptr<Key>>();
    return [key](std::string_view purpose, std::string_view text) {
        if (!*key) {
            auto fresh = std::make_unique<Key>();
            read_key(*fresh);
            *key = std::move(fresh);
        }
        // Projects have numbers of their own from 1 on.
        return (*key)->token(0, purpose, text);
    };
}

}  // namespace clinical::pg
