#pragma once

// What a call site of a terminology function keeps in fn_extra.

#include "pg/coding_argument.h"
#include "pg/terminology.h"

namespace clinical {

template <typename Site>
Site &site_of(FunctionCallInfo fcinfo) {
    if (!fcinfo->flinfo->fn_extra)
        fcinfo->flinfo->fn_extra = bridge::make_in<Site>(fcinfo->flinfo->fn_mcxt);
    return *static_cast<Site *>(fcinfo->flinfo->fn_extra);
}

// Something made from the terminology for a text argument that is mostly the same for all rows.
template <typename T>
struct NamedSite {
    TerminologySite site;
    std::string name;
    std::shared_ptr<const T> value;

    // `make(terminology, name)` when the name or the terminology is another one.
    template <typename Make>
    const T *get(std::string_view wanted, Make make) {
        const bool fresh = site.refresh();
        if (fresh || !value || name != wanted) {
            value.reset();
            name = wanted;
            value = make(site.terminology(), std::string_view(name));
        }
        return value.get();
    }
};

// Made once for the backend, whoever asks.
std::shared_ptr<const codes::Membership> membership_of(Terminology &terminology,
                                                       std::string_view value_set);
std::shared_ptr<const codes::Translation> translation_to(Terminology &terminology,
                                                         std::string_view target);

}  // namespace clinical
