// mime_tool [DOMAIN SELECTOR=KEY.pem...] < mails.jsonl: one answer line for each mail,
//   ok ENVELOPE_FROM ENVELOPE_TO SMTPUTF8 BASE64   or   refused BLAME SENTENCE
#include "dkim.hpp"
#include "encoding.hpp"
#include "mail.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

namespace {

using namespace chapar::email;
namespace json = simdjson::dom;

std::string_view text_of(json::element mail, std::string_view key) {
    std::string_view value;
    return mail[key].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

std::string base64_line(std::string_view bytes) {
    std::string lines;
    append_base64(lines, bytes);
    std::erase_if(lines, [](char c) { return c == '\r' || c == '\n'; });
    return lines;
}

std::string answer(json::element given, std::optional<DkimSigner>& signer) {
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    std::vector<File> files;
    std::deque<std::string> bytes;
    json::array list;
    if (given["headers"].get(list) == simdjson::SUCCESS)
        for (json::element header : list)
            headers.emplace_back(header.at(0).get_string(), header.at(1).get_string());
    if (given["files"].get(list) == simdjson::SUCCESS)
        for (json::element file : list) {
            bytes.push_back(from_hex(text_of(file, "hex")));
            files.push_back(
                {text_of(file, "name"), text_of(file, "content_type"), text_of(file, "content_id"), bytes.back()});
        }
    const std::chrono::sys_seconds date{std::chrono::seconds(std::int64_t{given["date"]})};
    const Mail mail{
        .attempt = text_of(given, "attempt"),
        .from = text_of(given, "from"),
        .to = text_of(given, "to"),
        .reply_to = text_of(given, "reply_to"),
        .subject = text_of(given, "subject"),
        .cc = {},
        .html = text_of(given, "html"),
        .text = text_of(given, "text"),
        .preheader = text_of(given, "preheader"),
        .list_unsubscribe = text_of(given, "list_unsubscribe"),
        .locale = text_of(given, "locale"),
        .headers = headers,
        .files = files,
        .date = date,
    };
    auto built = build(mail);
    if (!built) return "refused " + std::to_string(built.error().blame) + ' ' + built.error().sentence;
    const std::string signature = signer ? signer->sign(built->head, built->body, date) : std::string();
    return "ok " + built->from + ' ' + built->to + (built->needs_smtp_utf8 ? " 1 " : " 0 ") +
           base64_line(signature + built->head + "\r\n" + built->body);
}

std::optional<DkimSigner> read_signer(int argc, char** argv) {
    if (argc < 3) return {};
    std::vector<DkimKey> keys;
    for (int i = 2; i < argc; ++i) {
        const std::string_view pair = argv[i];
        const auto equals = pair.find('=');
        std::ostringstream pem;
        pem << std::ifstream(std::string(pair.substr(equals + 1))).rdbuf();
        keys.push_back({std::string(pair.substr(0, equals)), pem.str()});
    }
    auto signer = DkimSigner::create(argv[1], keys);
    if (signer) return std::move(*signer);
    std::cerr << signer.error() << '\n';
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    auto signer = read_signer(argc, argv);
    json::parser parser;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer(parser.parse(line), signer) << '\n';
    return 0;
}
