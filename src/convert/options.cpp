#include "convert/options.h"

namespace clinical::convert {

namespace {

core::Error bad(std::string_view name, std::string_view what) {
    return {core::ErrorCode::invalid_option, "invalid conversion option",
            "Option \"" + std::string(name) + "\" " + std::string(what) + ".", 0};
}

// Rows of an overlay: objects with the columns of table mapping.
core::Result<std::shared_ptr<const Mapping>> overlay_of(const core::Json &rows) {
    std::vector<MappingRow> out;
    for (const auto &row : rows.elements()) {
        MappingRow r;
        r.map = row.find("map").as_text();
        r.source = row.find("source").as_text();
        r.target = row.find("target").as_text();
        r.datatype = row.find("datatype").as_text();
        r.condition = row.find("condition").as_text();
        r.vocabulary = row.find("vocabulary").as_text();
        r.constant = row.find("constant").as_text();
        out.push_back(std::move(r));
    }
    if (out.empty()) return std::shared_ptr<const Mapping>();
    return Mapping::with(out);
}

}  // namespace

const LocalCode *Options::local_code(std::string_view kind, std::string_view code) const {
    const auto codes = code_map.find(kind);
    if (codes == code_map.end()) return nullptr;
    const auto found = codes->second.find(code);
    return found == codes->second.end() ? nullptr : &found->second;
}

core::Result<Options> Options::parse(const core::Json &json) {
    Options o;
    for (const auto &[name, value] : json.members()) {
        const bool is_text = value.kind() == core::Kind::string;
        if (value.kind() == core::Kind::null) continue;
        if (name == "feed" || name == "authority" || name == "time_zone" || name == "establish" ||
            name == "registered_status" || name == "server") {
            if (!is_text) return bad(name, "must be a string");
        } else if (name == "mapping") {
            if (value.kind() != core::Kind::array) return bad(name, "must be an array of rows");
        } else if (name == "code_map" || name == "code_systems" || name == "identifier_systems") {
            if (value.kind() != core::Kind::object) return bad(name, "must be an object");
        }
        if (name == "feed") {
            o.feed = value.as_text();
        } else if (name == "authority") {
            o.authority = value.as_text();
        } else if (name == "server") {
            o.server = value.as_text();
            while (o.server.ends_with('/')) o.server.pop_back();
        } else if (name == "identifier_systems") {
            for (const auto &[system, authority] : value.members())
                o.identifier_systems[std::string(system)] = authority.as_text();
        } else if (name == "time_zone") {
            o.zone = TimeZone::find(value.as_text());
            if (!o.zone) return bad(name, "is not an IANA time zone");
        } else if (name == "establish") {
            if (value.as_text() != "any" && value.as_text() != "adt")
                return bad(name, "must be \"any\" or \"adt\"");
            o.only_adt_establishes = value.as_text() == "adt";
        } else if (name == "registered_status") {
            if (value.as_text() != "planned" && value.as_text() != "in-progress")
                return bad(name, "must be \"planned\" or \"in-progress\"");
            o.registered_is_planned = value.as_text() == "planned";
        } else if (name == "mapping") {
            auto overlay = overlay_of(value);
            if (!overlay.ok()) return std::move(overlay).error();
            o.overlay = std::move(overlay).value();
        } else if (name == "code_map") {
            for (const auto &[kind, codes] : value.members())
                for (const auto &[code, target] : codes.members())
                    o.code_map[std::string(kind)][std::string(code)] = {
                        std::string(target.find("code").as_text()),
                        std::string(target.find("system").as_text()),
                        std::string(target.find("display").as_text())};
        } else if (name == "code_systems") {
            for (const auto &[system, uri] : value.members())
                o.code_systems[std::string(system)] = uri.as_text();
        }
    }
    return o;
}

}  // namespace clinical::convert
