#pragma once

// What things are called in a message, and small pieces of JSON that many resources need.

#include <string>
#include <string_view>
#include <vector>

#include "convert/context.h"

namespace clinical::convert {

// An order or result number (EI) with who assigned it; empty when there is none.
std::string entity_key(Context &context, const hl7v2::Value &ei);

// A visit's or account's number (CX) with its authority; empty when there is none.
std::string number_key(Context &context, const hl7v2::Value &cx);

// A coded element as a key: the first triplet that has a code, else the text.
std::string code_key(Context &context, const hl7v2::Value &cwe);

// The first of two fields that carries a value; its first repetition.  It does not count as read:
// rows say what becomes of it.
hl7v2::Value first_valued(const Fields *a, int na, const Fields *b, int nb);

// NTE-3 of consecutive notes, joined by line feeds.
std::string notes_text(const std::vector<const Fields *> &notes);

// The same as Annotations: notes without author and time are joined, the others stand alone.
void add_notes(Context &context, const std::vector<const Fields *> &notes, core::Json &resource);

core::Json reference_to(std::string_view reference);

// The first coding of a CodeableConcept.
void set_coding(core::Json &concept_or_coding, std::string_view system, std::string_view code,
                std::string_view display = {});

// Takes members of the list `list` away that have no `who`: a performer without an actor.
void keep_named(core::Json &resource, std::string_view list, std::string_view who);

// An element that R4 wants and the message does not give.
void set_absent(core::Json &element);

}  // namespace clinical::convert
