#include "deid/leak_canary.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>

#include "core/json.h"

namespace clinical::deid {

namespace {

using core::Json;

class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {  // SplitMix64
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    std::string letters(std::size_t n) {
        std::string out;
        while (out.size() < n) out += static_cast<char>('a' + next() % 26);
        return out;
    }
    std::string digits(std::size_t n) {  // the first is not zero
        std::string out(1, static_cast<char>('1' + next() % 9));
        while (out.size() < n) out += static_cast<char>('0' + next() % 10);
        return out;
    }
    int between(int low, int high) {
        return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1));
    }

private:
    std::uint64_t state_;
};

std::string capital(std::string text) {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string changed_case(std::string text, bool upper) {
    for (char &c : text) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string each(std::string_view text, const char *format) {
    std::string out;
    for (const char c : text) {
        std::array<char, 16> buffer{};
        std::snprintf(buffer.data(), buffer.size(), format,
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += buffer.data();
    }
    return out;
}

std::string grouped(std::string_view digits, const char *separator) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % 3 == 0) out += separator;
        out += digits[i];
    }
    return out;
}

std::string accented(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case 'a': out += "\xC3\xA4"; break;
            case 'e': out += "\xC3\xA9"; break;
            case 'o': out += "\xC3\xB8"; break;
            case 'u': out += "u\xCC\x88"; break;      // combining
            case 'n': out += "\xEF\xBD\x8E"; break;   // full width
            case 's': out += "s\xE2\x80\x8B"; break;  // zero width space
            default: out += c;
        }
    }
    return out;
}

Json object(std::string_view key, Json value) {
    Json json = Json::object();
    json.set(key, std::move(value));
    return json;
}

Json list(Json value) {
    Json json = Json::array();
    json.push(std::move(value));
    return json;
}

}  // namespace

CanaryRecord make_canary_record(std::uint64_t seed) {
    Chance chance(seed);
    const std::string family = capital(chance.letters(9));
    const std::string given = capital(chance.letters(8));
    const std::string street = chance.digits(4) + " " + capital(chance.letters(9)) + " Lane";
    const std::string city = capital(chance.letters(11));
    std::array<char, 16> birth{};
    std::snprintf(birth.data(), birth.size(), "%04d%02d%02d", chance.between(1931, 1999),
                  chance.between(10, 12), chance.between(13, 28));
    const std::string born(birth.data());
    const std::string phone = chance.digits(10);
    const std::string fax = chance.digits(10);
    const std::string email = chance.letters(8) + "@" + chance.letters(9) + ".example";
    const std::string ssn = chance.digits(9);
    const std::string mrn = chance.digits(9);
    const std::string policy = capital(chance.letters(3)) + chance.digits(8);
    const std::string account = chance.digits(11);
    const std::string licence = capital(chance.letters(1)) + chance.digits(8);
    const std::string vehicle = changed_case(chance.letters(5), true) + chance.digits(8);
    const std::string device = changed_case(chance.letters(2), true) + chance.digits(8);
    const std::string url = "https://" + chance.letters(9) + ".example/" + chance.letters(7);
    std::array<char, 20> ip{};
    std::snprintf(ip.data(), ip.size(), "%d.%d.%d.%d", chance.between(101, 223),
                  chance.between(101, 254), chance.between(101, 254), chance.between(101, 254));
    const std::string other = changed_case(chance.letters(4), true) + chance.digits(7);
    std::string image;
    while (image.size() < 240) image += capital(chance.letters(3)) + chance.digits(1);

    CanaryRecord made;
    made.record = "MSH|^~\\&|PLANTED||||20200101||ADT^A08|" + other + "|P|2.5.1\r" + "PID|1||" +
                  mrn + "^^^PLANTED^MR||" + family + "^" + given + "||" + born + "||||" + street +
                  "^^" + city + "||" + phone + "^PRN^PH^" + email + "~" + fax + "^WPN^FX|||||" +
                  account + "|" + ssn + "|" + licence + "\r" + "IN1|1" + std::string(35, '|') +
                  policy + "\r" + "OBX|1|TX|PLANTED||see " + url + " from " + ip.data() +
                  std::string(13, '|') + device + "\rZVH|" + vehicle + "\r";
    made.canaries = {
        {LeakCategory::name, family},
        {LeakCategory::name, given + " " + family},
        {LeakCategory::street, street},
        {LeakCategory::geography, city},
        {LeakCategory::date, born.substr(0, 4) + "-" + born.substr(4, 2) + "-" + born.substr(6)},
        {LeakCategory::phone, phone},
        {LeakCategory::fax, fax},
        {LeakCategory::email, email},
        {LeakCategory::ssn, ssn},
        {LeakCategory::mrn, mrn},
        {LeakCategory::health_plan, policy},
        {LeakCategory::account, account},
        {LeakCategory::licence, licence},
        {LeakCategory::vehicle, vehicle},
        {LeakCategory::device, device},
        {LeakCategory::url, url},
        {LeakCategory::ip, ip.data()},
        {LeakCategory::image, image},
        {LeakCategory::other, other},
    };
    return made;
}

std::vector<core::Json> disguise(const Canary &canary, bool made_up) {
    const std::string &text = canary.text;
    std::vector<Json> guises;
    const auto add = [&](Json json) { guises.push_back(std::move(json)); };
    const auto say = [&](std::string_view value) {
        add(object("valueString", Json::string(value)));
    };

    say(text);
    add(object(text, Json::boolean(true)));
    add(object("contained", list(object("extension", list(list(Json::string(text)))))));
    if (!made_up || canary.category == LeakCategory::image) return guises;

    say("(" + text + ");");
    say(changed_case(text, true));
    say(changed_case(text, false));
    say(each(text, "\\u%04x"));
    say(each(text, "&#%u;"));
    say(each(text, "%%%02X"));
    if (canary.category == LeakCategory::name || canary.category == LeakCategory::geography ||
        canary.category == LeakCategory::street)
        say(accented(changed_case(text, false)));
    if (all_digits(text)) {
        add(object("valueDecimal", Json::number(std::string_view(text))));
        for (const char *separator : {"-", " ", ".", "/", ") "}) say(grouped(text, separator));
        say("no. 000" + text);
    }
    if (canary.category == LeakCategory::date) {
        static constexpr std::array<const char *, 3> months{"October", "November", "December"};
        const std::string y = text.substr(0, 4);
        const std::string m = text.substr(5, 2);
        const std::string d = text.substr(8, 2);
        const std::string month = months[static_cast<std::size_t>(std::stoi(m) - 10)];
        const auto form = [&](std::initializer_list<std::string_view> parts) {
            std::string written;
            for (const std::string_view part : parts) written += part;
            say(written);
        };
        form({y, m, d});
        form({m, "/", d, "/", y});
        form({d, ".", m, ".", y});
        form({m, "-", d, "-", y});
        form({m, "/", d, "/", std::string_view(y).substr(2)});
        form({month, " ", d, ", ", y});
        form({d, " ", std::string_view(month).substr(0, 3), " ", y});
        form({text, "T08:15:00Z"});
        form({y, m, d, "081500"});
        const std::string digits = y + m + d;
        add(object("valueInteger", Json::number(std::string_view(digits))));
    }
    return guises;
}

}  // namespace clinical::deid
