#pragma once

#include "../unit/deid_subject.h"

namespace clinical::fuzz {

// check(options, codes) in each of the three modes, for data of nobody who is known.
template <typename Check>
void in_each_mode(const Check &check) {
    for (const deid::Mode mode : {deid::Mode::safe_harbor, deid::Mode::limited_data_set,
                                  deid::Mode::expert_determination}) {
        deid::Subject nobody("");
        nobody.options.mode = mode;
        nobody.options.shift_days = mode == deid::Mode::expert_determination ? -21 : 0;
        deid::with_codes(nullptr, [&](deid::CodeSource &codes) { check(nobody.options, codes); });
    }
}

}  // namespace clinical::fuzz
