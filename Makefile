# pgclinical: PGXS build of the extension and the project's own commands.
#
#   make, make install          build and install with any PG_CONFIG (PGXS)
#   make demo [DATA=folder]     the whole job on a private server, see README
#   make check                  every test; closes with one line of counts
#   make conformance            the public suites alone; reports in build/check
#   make lint | fuzz | bench    style and static analysis; fuzzers; measurements
#
# The project's own commands set up what they need; the PGXS part never does.

project_goals := setup server demo check unit conformance lint fuzz bench

ifneq (,$(filter $(project_goals),$(MAKECMDGOALS)))
include test/commands.mk
else

EXTENSION = control/pgclinical
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" control/pgclinical.control)
MODULE_big = pgclinical

# One list of chapters serves this file and CMakeLists.txt.
CORE_CHAPTERS := $(shell cat src/chapters.list)
CORE_SOURCES  := $(sort $(wildcard $(CORE_CHAPTERS:%=src/%/*.cpp)))
GLUE_SOURCES  := $(sort $(wildcard src/bridge/*.cpp src/pg/*.cpp))
OBJS := $(CORE_SOURCES:.cpp=.o) $(GLUE_SOURCES:.cpp=.o)

INSTALL_SQL := $(sort $(wildcard sql/install/*.sql))
DATA_built := sql/pgclinical--$(EXTVERSION).sql
DATA := $(wildcard sql/upgrade/pgclinical--*.sql)

PG_CXXFLAGS = -std=c++20 -Wall -Wextra -Werror -Wno-register -Wno-unused-parameter \
	-fvisibility=hidden -fvisibility-inlines-hidden \
	-DPGDLLEXPORT='__attribute__((visibility("default")))'
XML_CPPFLAGS := $(shell pkg-config --cflags libxml-2.0)
PG_CPPFLAGS = -Isrc $(XML_CPPFLAGS)
SHLIB_LINK = -lstdc++ -lsimdjson -licui18n -licuuc -lcrypto -lxml2 -lre2 -Wl,--version-script=src/pg/exports.map

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# The core never sees a server header: only bridge/ and pg/ get the server's include path.
$(CORE_SOURCES:.cpp=.o) $(CORE_SOURCES:.cpp=.bc): override CPPFLAGS := -Isrc $(XML_CPPFLAGS)
$(GLUE_SOURCES:.cpp=.o): PG_CXXFLAGS += -Wno-volatile

# PGXS forgets PG_CXXFLAGS for the bitcode that servers with LLVM ask for.
COMPILE.cxx.bc += $(PG_CXXFLAGS) -Wno-ignored-attributes -Wno-deprecated-volatile \
	-Wno-unknown-warning-option
ifeq (,$(wildcard $(firstword $(CLANG))))
with_llvm = no
endif

# The installed control file is found under its base name.
sql/pgclinical--$(EXTVERSION).sql: $(INSTALL_SQL) control/pgclinical.control
	cat $(INSTALL_SQL) > $@

# Objects follow their headers.
DEPFLAGS = -MMD -MP
override CXXFLAGS += $(DEPFLAGS)
-include $(OBJS:.o=.d)
EXTRA_CLEAN = $(OBJS:.o=.d) $(OBJS:.o=.bc)

endif
