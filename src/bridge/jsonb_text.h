#pragma once

// The text of a jsonb, byte for byte as the server's own output function writes it.

#include <string>

#include "bridge/jsonb_reader.h"
#include "core/limits.h"

namespace clinical::bridge {

// In the encoding of the database.  Throws core::Error where `document` is nested too deeply.
std::string jsonb_text(const JsonbNode &document, const core::Limits &limits);

}  // namespace clinical::bridge
