// What the XML reader accepts comes back the same when its events are written and read again, and
// the place of every element cuts well-formed text out of the source.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "xml/escape.h"
#include "xml/reader.h"

using namespace clinical;

namespace {

struct Copy : xml::Handler {
    void start(const xml::Tag &tag) override {
        out += "<" + qualified(tag.name);
        for (const auto &n : tag.namespaces) {
            out += n.prefix.empty() ? " xmlns=\"" : " xmlns:" + std::string(n.prefix) + "=\"";
            xml::append_attribute(out, n.uri);
            out += '"';
        }
        for (const auto &a : tag.attributes) {
            out += " " + qualified(a.name) + "=\"";
            xml::append_attribute(out, a.value);
            out += '"';
        }
        out += '>';
        starts.push_back(place().begin);
        if (place().begin > place().end) std::abort();
    }
    void end(const xml::Name &name) override {
        out += "</" + qualified(name) + ">";
        if (starts.empty() || starts.back() >= place().end) std::abort();
        whole = {starts.back(), place().end};
        starts.pop_back();
    }
    void text(std::string_view piece) override { xml::append_text(out, piece); }

    static std::string qualified(const xml::Name &name) {
        return name.prefix.empty() ? std::string(name.local)
                                   : std::string(name.prefix) + ":" + std::string(name.local);
    }
    std::string out;
    std::vector<std::size_t> starts;
    std::pair<std::size_t, std::size_t> whole;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    core::Limits limits;
    limits.depth = 40;
    limits.nodes = 2000;
    std::string_view text(reinterpret_cast<const char *>(data), size);
    Copy first;
    if (const auto error = xml::read(text, first, limits)) {
        if (error->where.empty()) std::abort();
        return 0;
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Copy second, cut;
    if (xml::read(first.out, second, limits) || first.out != second.out) std::abort();
    const auto root = text.substr(first.whole.first, first.whole.second - first.whole.first);
    if (xml::read(root, cut, limits) || cut.out != first.out) std::abort();
    return 0;
}
