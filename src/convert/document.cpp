#include "convert/document.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/attachment.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;

namespace {

// HL7 table 0191 as media types; others say nothing that FHIR knows.
std::string_view media_type(std::string_view code) {
    static constexpr std::pair<std::string_view, std::string_view> types[] = {
        {"TX", "text/plain"}, {"TEXT", "text/plain"}, {"FT", "text/plain"}, {"AU", "audio/basic"}};
    for (const auto &[name, type] : types)
        if (name == code) return type;
    return {};
}

bool is_text(std::string_view type) {
    return type == "TX" || type == "FT" || type == "ST" || type.empty();
}

// Lines of text under one name (OBX-3) make one attachment; each document inside the message one of
// its own.
class Contents {
public:
    Contents(Context &context, std::string_view media) : context_(context), media_(media) {}

    void add(const Fields &obx) {
        context_.limits.interrupt.poll();
        const std::string type = Context::text(obx[2]);
        context_.place = {&obx, 5, 1, 0};
        // OBX-11 says of a part what TXA-17 says of the document.
        for (const int field : {1, 11}) obx.use(field, Fields::whole);
        const int named_by = obx.peek(3).component(2).has_value() ? 2 : 1;
        const std::string title = Context::text(obx.peek(3).component(named_by));
        if (is_text(type)) {
            obx.use(3, Fields::component_bit(named_by));
            if (title != title_ || !has_text_) flush();
            title_ = title;
            if (has_text_) text_ += '\n';
            has_text_ = true;
            const hl7v2::Value lines = obx[5];
            for (int r = 1; r <= std::min(lines.repetitions(), 10000); r++) {
                if (r > 1) text_ += '\n';
                text_ += Context::text(lines.repetition(r));
            }
            return;
        }
        flush();
        Json a;
        if (type == "ED") a = read_document(context_, obx[5].repetition(1));
        if (type == "RP") a = read_pointer(obx[5].repetition(1));
        if (!a.is_absent()) obx.use(3, Fields::component_bit(named_by));
        push(std::move(a), title);
    }

    // NTE behind an OBX: a text of its own (guide, NTE[DocumentReference]).
    void add_notes(const std::vector<const Fields *> &notes) {
        const std::string text = notes_text(notes);
        if (text.empty()) return;
        flush();
        Json a = Json::object();
        a.set("contentType", Json::string("text/plain"));
        a.set("data", Json::string(to_base64(text)));
        push(std::move(a), "comment");
    }

    Json take() {
        flush();
        context_.place = {};
        return std::move(list_);
    }

private:
    void flush() {
        if (has_text_ && !text_.empty()) {
            Json a = Json::object();
            a.set("contentType", Json::string(media_.starts_with("text/") ? media_ : "text/plain"));
            a.set("data", Json::string(to_base64(text_)));
            push(std::move(a), title_);
        }
        has_text_ = false;
        text_.clear();
    }
    void push(Json attachment, const std::string &title) {
        if (attachment.is_absent()) return;
        if (!title.empty()) attachment.set("title", Json::string(title));
        list_.push(Json::object()).set("attachment", std::move(attachment));
    }

    Context &context_;
    std::string_view media_;
    Json list_ = Json::array();
    std::string title_;
    std::string text_;
    bool has_text_ = false;
};

Json contents(Context &context, const PatientGroup &group, std::string_view media) {
    Contents out(context, media);
    for (const ObservationGroup &o : group.contents) {
        out.add(*o.obx);
        out.add_notes(o.notes);
    }
    return out.take();
}

// T11 takes a document back (HL7 v2.5.1 9.6.11); TXA-19 says the rest.
void set_status(Context &context, const Fields &txa, const Event &event, Json &d) {
    const std::string code = Context::text(txa[19]);
    std::string_view status = "current";
    if (event.trigger == "T11" || code == "CA")
        status = "entered-in-error";
    else if (code == "OB")
        status = "superseded";
    d.set("status", Json::string(status));
    if (code == "CA" || code == "OB" || code == "UN") {
        context.place = {&txa, 19, 1, 0};
        d["_status"]["extension"].push(alternate_codes(context, {txa[19], false}, "0273"));
        context.place = {};
    }
}

// TXA-13 names the document that this one follows: an addendum (T05, T06) or a replacement (T09,
// T10).  By its number: it need not have come our way.
void set_parent(Context &context, const Fields &txa, const Event &event, Json &d) {
    if (!txa.peek(13).has_value()) return;
    context.place = {&txa, 13, 1, 0};
    Json identifier = Json::object();
    apply_value(context, "EI[Identifier-Extension]", txa[13].repetition(1), false, identifier);
    context.place = {};
    prune(identifier);
    if (identifier.is_absent() || identifier.size() == 0) return;
    Json &r = d["relatesTo"].element(0);
    const bool appends = event.trigger == "T05" || event.trigger == "T06";
    r.set("code", Json::string(appends ? "appends" : "replaces"));
    r["target"].set("identifier", std::move(identifier));
}

}  // namespace

void state_document(Context &context, const PatientGroup &group, const Event &event,
                    const Subject &subject) {
    if (!group.txa) return;
    const Fields &txa = *group.txa;
    context.place = {&txa, 12, 1, 0};
    std::string key = entity_key(context, txa.peek(12).repetition(1));
    if (!key.empty()) {
        key = "number|" + key;
    } else {
        key = "file|" + Context::text(txa.peek(16)) + "|" +
              code_key(context, txa.peek(2).repetition(1)) + "|" +
              Context::text(txa.peek(6).component(1)) + "|" +
              Context::text(txa.peek(4).component(1));
        context.issue("warning", "incomplete", "no-document-number",
                      "TXA-12 is empty; the document is known by its type and time");
    }
    context.place = {};
    Json d = Json::object();
    const Related related{&txa};
    apply_segment(context, "TXA[DocumentReference]", txa, related, d);
    complete_identifiers(context, d);
    set_status(context, txa, event, d);
    set_parent(context, txa, event, d);
    const std::string_view media = media_type(Context::text(txa[3]));
    Json content = contents(context, group, media);
    if (content.size() == 0) {
        // A notification without the document (T01, T03, ...): R4 wants a content.
        Json &a = content.push(Json::object())["attachment"];
        if (media.empty())
            set_absent(a);
        else
            a.set("contentType", Json::string(media));
    }
    d.set("content", std::move(content));
    subject.refer(d, "subject", false);
    if (!subject.encounter.empty()) d["context"]["encounter"].push(reference_to(subject.encounter));
    prune(d);
    const std::string id = digest_id({"DocumentReference", subject.patient_id, key});
    if (context.is_stated("DocumentReference", id)) return;
    context.state("DocumentReference", id, subject.patient_id, std::move(d)).parents =
        subject.parents();
}

}  // namespace clinical::convert
