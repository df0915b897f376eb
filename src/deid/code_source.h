#pragma once

// Codes of the crosswalk for engines that are no templates: the same three sources (crosswalk.h)
// behind one interface.

#include <string>
#include <string_view>

#include "deid/crosswalk.h"

namespace clinical::deid {

class CodeSource {
public:
    virtual ~CodeSource() = default;
    // The code of `id` in a domain; false when its mention is removed.  Throws when it is missing.
    virtual bool find(std::string_view domain, std::string_view id, const Place &place,
                      std::string &code) = 0;
    // Other records of the person may stand beside this one.
    [[nodiscard]] virtual bool linkable() const = 0;
};

template <typename Codes>
class CodesFrom final : public CodeSource {
public:
    explicit CodesFrom(Codes &codes) : codes_(codes) {}
    bool find(std::string_view domain, std::string_view id, const Place &place,
              std::string &code) override {
        return codes_.find(domain, id, place, code);
    }
    [[nodiscard]] bool linkable() const override { return Codes::linkable; }

private:
    Codes &codes_;
};

}  // namespace clinical::deid
