// Foreign servers of wrapper pgclinical_files: their options, and the files below their location.

#include <algorithm>
#include <cstring>

#include "bridge/rows.h"
#include "bridge/value.h"
#include "store/folder.h"
#include "store/location.h"

extern "C" {
#include "access/reloptions.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"
#include "utils/timestamp.h"
}

namespace clinical {
namespace {

constexpr const char *wrapper_name = "pgclinical_files";

// Valid options and the catalog each may appear on.
struct ValidOption {
    const char *name;
    Oid catalog;
};
constexpr ValidOption valid_options[] = {
    {"location", ForeignServerRelationId},
};

bool is_valid_option(const char *name, Oid catalog) {
    for (const ValidOption &option : valid_options)
        if (option.catalog == catalog && std::strcmp(option.name, name) == 0) return true;
    return false;
}

// PostgreSQL's regime.
void raise_invalid_option(const char *name, Oid catalog) {
    StringInfoData valid;
    initStringInfo(&valid);
    for (const ValidOption &option : valid_options)
        if (option.catalog == catalog)
            appendStringInfo(&valid, "%s%s", valid.len > 0 ? ", " : "", option.name);
    ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME), errmsg("invalid option \"%s\"", name),
                    valid.len > 0 ? errhint("Valid options in this context are: %s", valid.data)
                                  : errhint("There are no valid options in this context.")));
}

// Whoever sets a location chooses which files of the machine others load: the right that COPY FROM
// and file_fdw ask for.  PostgreSQL's regime.
void require_file_reader() {
    if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("permission denied to read files of the server"),
                 errdetail("Only roles with privileges of pg_read_server_files may do this.")));
}

std::string_view option_value(List *options, const char *name) {
    const char *value = bridge::pg([&]() -> const char * {
        ListCell *cell;
        foreach (cell, options) {
            auto *def = static_cast<DefElem *>(lfirst(cell));
            if (std::strcmp(def->defname, name) == 0) return defGetString(def);
        }
        return "";
    });
    return value;
}

// The folder that a server stands for, after the checks of privilege.
store::Folder folder_of_server(FunctionCallInfo fcinfo, int arg) {
    List *options = bridge::pg([&] {
        require_file_reader();
        ForeignServer *server =
            GetForeignServerByName(text_to_cstring(PG_GETARG_TEXT_PP(arg)), false);
        AclResult acl = pg_foreign_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE);
        if (acl != ACLCHECK_OK) aclcheck_error(acl, OBJECT_FOREIGN_SERVER, server->servername);
        ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);
        if (std::strcmp(wrapper->fdwname, wrapper_name) != 0)
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("foreign server \"%s\" is not one of wrapper \"%s\"",
                                   server->servername, wrapper_name)));
        return server->options;
    });
    const std::string path = bridge::take(store::folder_path(option_value(options, "location")));
    return bridge::take(store::Folder::open(path));
}

// PostgreSQL counts microseconds from 2000-01-01.
TimestampTz to_timestamptz(std::int64_t unix_microseconds) {
    return unix_microseconds -
           (static_cast<std::int64_t>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

struct ListingState {
    store::Listing listing;
    std::size_t next = 0;
};

// Files whose names are no text in the database's encoding cannot be named in SQL.
void drop_unnameable(store::Listing &listing) {
    const auto unnameable = [](const store::FileEntry &file) {
        return !bridge::pg([&] {
            return pg_verifymbstr(file.name.data(), static_cast<int>(file.name.size()), true);
        });
    };
    listing.passed_over += std::erase_if(listing.files, unnameable);
}

}  // namespace
}  // namespace clinical

using namespace clinical;

CLINICAL_FUNCTION(files_validator) {
    List *options = nullptr;
    const Oid catalog = bridge::pg([&] {
        options = untransformRelOptions(PG_GETARG_DATUM(0));
        return PG_GETARG_OID(1);
    });
    // A location that cannot be served says so before its companions are called unknown.
    const std::string_view location = option_value(options, "location");
    if (catalog == ForeignServerRelationId && !location.empty())
        (void)bridge::take(store::folder_path(location));

    bridge::pg([&] {
        ListCell *cell;
        foreach (cell, options) {
            auto *def = static_cast<DefElem *>(lfirst(cell));
            if (!is_valid_option(def->defname, catalog))
                raise_invalid_option(def->defname, catalog);
        }
        if (catalog != ForeignServerRelationId) return;
        if (location.empty())
            ereport(ERROR, (errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
                            errmsg("option \"location\" is required for servers of wrapper \"%s\"",
                                   wrapper_name),
                            errhint("A location is a local folder, such as file:///srv/inbox.")));
        require_file_reader();
    });
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(server_files) {
    return bridge::stream_rows<3>(
        fcinfo,
        [&](MemoryContext context) -> void * {
            const store::Folder folder = folder_of_server(fcinfo, 0);
            const auto pattern =
                bridge::take(store::Pattern::parse(bridge::text_argument(fcinfo, 1)));
            auto *state = bridge::make_in<ListingState>(context);
            state->listing = bridge::take(folder.list(pattern, bridge::limits().interrupt));
            drop_unnameable(state->listing);
            if (const std::size_t count = state->listing.passed_over; count > 0)
                bridge::pg([&] {
                    ereport(WARNING,
                            (errmsg("entries that match the path were passed over: %zu", count),
                             errdetail("Symbolic links, special files, folders that "
                                       "cannot be opened and names that are not "
                                       "valid in the database's encoding are not read.")));
                });
            return state;
        },
        [](void *opaque, bridge::Row<3> &row) {
            auto *state = static_cast<ListingState *>(opaque);
            if (state->next == state->listing.files.size()) return false;
            const store::FileEntry &file = state->listing.files[state->next++];
            row.set(0, bridge::to_text(file.name));
            row.set(1, Int64GetDatum(file.size));
            row.set(2, TimestampTzGetDatum(to_timestamptz(file.modified)));
            return true;
        });
}

CLINICAL_FUNCTION(check_path) {
    (void)bridge::take(store::Pattern::parse(bridge::text_argument(fcinfo, 0)));
    PG_RETURN_VOID();
}

CLINICAL_FUNCTION(server_file) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_NULL();
    const store::Folder folder = folder_of_server(fcinfo, 0);
    const store::File file = bridge::take(folder.file(bridge::text_argument(fcinfo, 1)));
    const std::int64_t offset = PG_GETARG_INT64(2);
    if (offset < 0)
        throw core::Error{core::ErrorCode::invalid_option, "byte offset must not be negative", "",
                          0};
    std::int64_t length = std::max<std::int64_t>(file.size() - offset, 0);
    if (!PG_ARGISNULL(3)) {
        if (PG_GETARG_INT64(3) < 0)
            throw core::Error{core::ErrorCode::invalid_option, "length must not be negative", "",
                              0};
        length = std::min(length, PG_GETARG_INT64(3));
    }
    if (length > static_cast<std::int64_t>(MaxAllocSize) - VARHDRSZ)
        throw core::Error{core::ErrorCode::limit_exceeded, "part of a file is too large",
                          "A value must stay below 1 GB: read the file in pieces.", 0};

    auto *bytes = static_cast<bytea *>(bridge::pg([&] { return palloc(length + VARHDRSZ); }));
    const std::size_t got = bridge::take(file.read_at(
        offset, {VARDATA(bytes), static_cast<std::size_t>(length)}, bridge::limits().interrupt));
    SET_VARSIZE(bytes, got + VARHDRSZ);
    return PointerGetDatum(bytes);
}
