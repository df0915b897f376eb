#include <algorithm>

#include "deid/note_read.h"

namespace clinical::deid::note {
namespace {

struct Member {
    std::string_view key;
    Fact fact;
};

constexpr Member members[] = {
    {"name", Fact::name},
    {"names", Fact::name},
    {"family", Fact::name},
    {"given", Fact::name},
    {"nickname", Fact::name},
    {"nicknames", Fact::name},
    {"alias", Fact::name},
    {"maiden_name", Fact::name},
    {"suffix", Fact::skipped},
    {"prefix", Fact::skipped},
    {"relatives", Fact::person},
    {"relative", Fact::person},
    {"contact", Fact::person},
    {"contacts", Fact::person},
    {"providers", Fact::person},
    {"provider", Fact::person},
    {"person", Fact::person},
    {"persons", Fact::person},
    {"people", Fact::person},
    {"patient", Fact::person},
    {"telecom", Fact::telecom},
    {"phone", Fact::phone},
    {"phones", Fact::phone},
    {"fax", Fact::fax},
    {"email", Fact::email},
    {"emails", Fact::email},
    {"url", Fact::url},
    {"address", Fact::address},
    {"addresses", Fact::address},
    {"line", Fact::place},
    {"city", Fact::place},
    {"district", Fact::place},
    {"postalCode", Fact::number},
    {"zip", Fact::number},
    {"state", Fact::skipped},
    {"country", Fact::skipped},
    {"places", Fact::place},
    {"identifier", Fact::number},
    {"identifiers", Fact::number},
    {"id", Fact::number},
    {"ids", Fact::number},
    {"ssn", Fact::ssn},
    {"mrn", Fact::mrn},
    {"mrns", Fact::mrn},
    {"account", Fact::account},
    {"accounts", Fact::account},
    {"order", Fact::number},
    {"orders", Fact::number},
    {"member_id", Fact::health_plan},
    {"policy", Fact::health_plan},
    {"license", Fact::license},
    {"vehicle", Fact::vehicle},
    {"device", Fact::device},
    {"birthDate", Fact::date},
    {"birth_date", Fact::date},
    {"deceased", Fact::date},
    {"deceasedDateTime", Fact::date},
    {"date", Fact::date},
    {"dates", Fact::date},
    {"employer", Fact::organization},
    {"employers", Fact::organization},
    {"organization", Fact::organization},
    {"organizations", Fact::organization},
    {"hospital", Fact::organization},
    {"hospitals", Fact::organization},
    {"known", Fact::anything},
    {"other", Fact::anything},
    {"resourceType", Fact::skipped},
    {"use", Fact::skipped},
    {"system", Fact::skipped},
    {"type", Fact::skipped},
    {"period", Fact::skipped},
    {"rank", Fact::skipped},
    {"ages", Fact::skipped},
    {"on_known", Fact::skipped},
    {"relationship", Fact::skipped},
    {"gender", Fact::skipped},
};

}  // namespace

Fact fact_of(std::string_view key) {
    for (const Member &member : members)
        if (member.key == key) return member.fact;
    return Fact::refused;
}

core::Error bad_option(const char *message, const char *detail) {
    return {core::ErrorCode::invalid_option, message, detail, 0};
}

void add_fact(Fact fact, std::string_view text, Known &known) {
    if (text.empty() || text.size() > 4096) return;
    const auto is_code = [&] {
        int digits = 0, letters = 0;
        for (const char c : text) {
            digits += c >= '0' && c <= '9' ? 1 : 0;
            letters += (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? 1 : 0;
        }
        return digits >= 4 && digits >= letters;
    };
    switch (fact) {
        case Fact::name: known.add_name(text); break;
        case Fact::place:
        case Fact::address: known.add_text(text, Category::location); break;
        case Fact::organization: known.add_text(text, Category::organization); break;
        case Fact::phone:
        case Fact::telecom:
            if (text.find('@') != std::string_view::npos)
                known.add_text(text, Category::email);
            else
                known.add_number(text, Category::phone);
            break;
        case Fact::fax: known.add_number(text, Category::fax); break;
        case Fact::email: known.add_text(text, Category::email); break;
        case Fact::url: known.add_text(text, Category::url); break;
        case Fact::ssn: known.add_number(text, Category::ssn); break;
        case Fact::mrn: known.add_number(text, Category::mrn); break;
        case Fact::health_plan: known.add_number(text, Category::health_plan); break;
        case Fact::account: known.add_number(text, Category::account); break;
        case Fact::license: known.add_number(text, Category::license); break;
        case Fact::vehicle: known.add_number(text, Category::vehicle); break;
        case Fact::device: known.add_number(text, Category::device); break;
        case Fact::number: known.add_number(text, Category::id); break;
        case Fact::date:
            if (const auto date = parse_date(text)) known.add_date(*date);
            break;
        case Fact::anything:
            if (const auto date = parse_date(text); date && date->day != 0)
                known.add_date(*date);
            else if (is_code())
                known.add_number(text, Category::id);
            else
                known.add_text(text, Category::name);
            break;
        case Fact::refused:
        case Fact::skipped:
        case Fact::person: break;
    }
}

void add_site_word(std::string_view text, Word bits, WordTable &site) {
    Tokens tokens;
    tokenize(text, nullptr, {}, tokens);
    Print print;
    std::size_t words = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!tokens[i].is_word()) continue;
        // A name of several words counts by each of them.
        if (bits == word::site_name) {
            if (tokens[i].length > 1 && !tokens[i].has(word::title | word::degree | word::particle))
                site.add(tokens[i].print, bits);
            continue;
        }
        if (words > 0) site.add(print.value(), word::phrase_start);
        print.add(tokens.letters(i));
        ++words;
    }
    if (words > 0) site.add(print.value(), bits);
}

}  // namespace clinical::deid::note
