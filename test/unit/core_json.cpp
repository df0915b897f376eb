#include <gtest/gtest.h>

#include "core/json.h"

using clinical::core::Json;

TEST(CoreJson, KeepsMemberOrderAndReplacesInPlace) {
    Json j;
    j.set("b", Json::number("1.0"));
    j.set("a", Json::string("x\n\"y\""));
    j.set("b", Json::number("1.00"));
    EXPECT_EQ(to_text(j), R"({"b":1.00,"a":"x\n\"y\""})");
}

TEST(CoreJson, LeavesAbsentValuesOut) {
    Json j = Json::object();
    j["gone"];
    j["list"].element(2) = Json::boolean(true);
    EXPECT_EQ(to_text(j), R"({"list":[true]})");
}
