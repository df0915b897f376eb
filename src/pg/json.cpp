#include "pg/json.h"

namespace clinical {

using core::Json;
using core::Kind;

Json pg_json(const bridge::JsonbNode &node) {
    switch (node.kind()) {
        case Kind::absent: return {};
        case Kind::null: return Json::null();
        case Kind::boolean: return Json::boolean(node.as_bool());
        case Kind::number: return Json::number(node.number_text());
        case Kind::string: return Json::string(node.as_text());
        case Kind::array: {
            Json out = Json::array();
            for (std::size_t i = 0; i < node.size(); i++) out.push(pg_json(node.at(i)));
            return out;
        }
        case Kind::object: {
            Json out = Json::object();
            for (std::size_t i = 0; i < node.size(); i++) out.set(node.key(i), pg_json(node.at(i)));
            return out;
        }
    }
    return {};
}

}  // namespace clinical
