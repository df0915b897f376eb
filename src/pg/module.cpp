// The module itself: magic block, settings, the provider of labels.

#include "bridge/compat.h"
#include "pg/settings.h"

extern "C" {
#include "utils/guc.h"
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
void _PG_init(void) {
    clinical::define_crosswalk_settings();
    clinical::register_column_labels();
    MarkGUCPrefixReserved("pgclinical");
}
}
