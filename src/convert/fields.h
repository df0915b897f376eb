#pragma once

// A segment cut into its fields once, because mapping rows ask for them in any order.  It remembers
// which of them somebody has read: what nobody read is what a conversion left out.

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "hl7v2/hl7v2.h"

namespace clinical::convert {

class Fields {
public:
    Fields(const hl7v2::Segment &segment, const hl7v2::Delimiters &delimiters, int occurrence)
        : id_(segment.id()), d_(&delimiters), occurrence_(occurrence) {
        std::string_view text = segment.text();
        values_.reserve(32);
        // MSH-1 is the separator itself.
        if (id_ == "MSH" && text.size() > 3) values_.push_back({text.substr(3, 1), 0});
        auto at = text.find(delimiters.field);
        while (at != std::string_view::npos) {
            text.remove_prefix(at + 1);
            at = text.find(delimiters.field);
            values_.push_back({text.substr(0, at), 0});
        }
    }

    [[nodiscard]] std::string_view id() const { return id_; }
    [[nodiscard]] int occurrence() const { return occurrence_; }  // 1-based, by segment name
    [[nodiscard]] const hl7v2::Delimiters &delimiters() const { return *d_; }
    [[nodiscard]] int size() const { return static_cast<int>(values_.size()); }

    // Field n, which counts as read from now on.
    [[nodiscard]] hl7v2::Value operator[](int n) const {
        use(n, whole);
        return peek(n);
    }
    [[nodiscard]] hl7v2::Value peek(int n) const {
        if (n < 1 || n > size()) return {};
        return {values_[static_cast<std::size_t>(n - 1)].text, d_};
    }

    // Parts of a field: bit c for component c, bit 0 for all of it.
    static constexpr std::uint32_t whole = 1;
    static constexpr std::uint32_t component_bit(int c) {
        return c < 1 || c > 31 ? whole : std::uint32_t{1} << c;
    }
    void use(int n, std::uint32_t parts) const {
        if (n >= 1 && n <= size()) values_[static_cast<std::size_t>(n - 1)].used |= parts;
    }
    [[nodiscard]] std::uint32_t used(int n) const {
        return n < 1 || n > size() ? 0 : values_[static_cast<std::size_t>(n - 1)].used;
    }
    // What has been read so far, to go back to when nothing comes of a segment.
    [[nodiscard]] std::vector<std::uint32_t> marks() const {
        std::vector<std::uint32_t> out;
        for (int n = 1; n <= size(); n++) out.push_back(used(n));
        return out;
    }
    void restore(const std::vector<std::uint32_t> &marks) const {
        for (std::size_t i = 0; i < marks.size() && i < values_.size(); i++)
            values_[i].used = marks[i];
    }
    void use_all() const {
        for (auto &v : values_) v.used |= whole;
    }

private:
    struct Field {
        std::string_view text;
        std::uint32_t used;
    };
    std::string_view id_;
    const hl7v2::Delimiters *d_;
    int occurrence_;
    mutable std::vector<Field> values_;
};

// A value cut into its components, or into subcomponents when it is a component itself: rows ask
// for many of them.
class Cut {
public:
    Cut() : starts_{} {}
    Cut(const hl7v2::Value &value, bool in_component) { of(value, in_component); }
    void of(const hl7v2::Value &value, bool in_component) {
        whole_ = value;
        in_component_ = in_component;
        size_ = 1;
        const hl7v2::Delimiters *d = value.delimiters();
        const char delimiter = !d ? '\0' : in_component ? d->subcomponent : d->component;
        const std::string_view raw = value.raw();
        starts_[0] = 0;
        if (delimiter != '\0')
            for (std::size_t i = 0; i < raw.size() && size_ < most; i++)
                if (raw[i] == delimiter) starts_[size_++] = static_cast<std::uint32_t>(i + 1);
        starts_[size_] = static_cast<std::uint32_t>(raw.size() + 1);
    }

    [[nodiscard]] const hl7v2::Value &whole() const { return whole_; }
    [[nodiscard]] bool in_component() const { return in_component_; }
    [[nodiscard]] int size() const { return size_; }  // at most 32
    // Part n, from 1; absent when there is none.
    [[nodiscard]] hl7v2::Value operator[](int n) const {
        if (n >= most) return in_component_ ? whole_.subcomponent(n) : whole_.component(n);
        if (n < 1) return {};
        if (n > size_) return {{}, whole_.delimiters()};
        const std::uint32_t start = starts_[n - 1];
        return {whole_.raw().substr(start, starts_[n] - 1 - start), whole_.delimiters()};
    }

private:
    // The longest data type (XCN) has 25; the last place holds the rest, whatever it is.
    static constexpr int most = 32;
    hl7v2::Value whole_;
    bool in_component_ = false;
    int size_ = 0;
    std::uint32_t starts_[most + 1];  // of each part, and behind a delimiter after the last
};

// Other segments that rows of one may ask for: the ORC of an OBR.
class Related {
public:
    Related() = default;
    Related(std::initializer_list<const Fields *> segments) : segments_(segments) {}
    explicit Related(std::vector<const Fields *> segments) : segments_(std::move(segments)) {}
    [[nodiscard]] const Fields *find(std::string_view id) const {
        for (const Fields *s : segments_)
            if (s && s->id() == id) return s;
        return nullptr;
    }
    void add(const Fields *segment) { segments_.push_back(segment); }

private:
    std::vector<const Fields *> segments_;
};

// Nothing but explicit nulls: "" in any part, and no value.
inline bool says_null(const hl7v2::Value &value, const hl7v2::Delimiters &d) {
    if (value.is_absent()) return false;
    std::string_view raw = value.raw();
    bool null = false;
    for (std::size_t i = 0; i < raw.size(); i++) {
        if (raw.substr(i, 2) == "\"\"") {
            null = true;
            i++;
        } else if (raw[i] != d.component && raw[i] != d.subcomponent && raw[i] != d.repetition) {
            return false;
        }
    }
    return null;
}

}  // namespace clinical::convert
