// engage_tool sign: each line "ID SECONDS BASE64-OF-BODY SECRET[,SECRET] KEY-OR-MINUS" becomes the signature header.
// engage_tool agents: each line, a User-Agent, becomes "1 FAMILY" where it is on the list of crawlers, else "0 FAMILY".
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include "engage/base64.hpp"
#include "engage/user_agent.hpp"
#include "engage/webhook_signature.hpp"

namespace {

using namespace chapar;

int sign() {
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string id, body, secrets_text, key_text;
        std::int64_t seconds = 0;
        words >> id >> seconds >> body >> secrets_text >> key_text;
        std::vector<Secret> secrets;
        std::istringstream list(secrets_text);
        for (std::string each; std::getline(list, each, ',');) {
            auto secret = engage::read_webhook_secret(each);
            if (!secret) return std::cerr << secret.error().message() << '\n', 1;
            secrets.push_back(std::move(*secret));
        }
        const auto decoded = engage::from_base64(body);
        if (!decoded) return std::cerr << "the body is not base64\n", 1;
        const engage::WebhookTry tried{.id = id, .at = from_ms(seconds * 1000), .body = *decoded};
        auto key = key_text == "-" ? Result<Secret>(Secret()) : engage::read_webhook_key(key_text);
        if (!key) return std::cerr << key.error().message() << '\n', 1;
        const auto made = engage::sign_webhook(tried, secrets, key->empty() ? nullptr : &*key);
        if (!made) return std::cerr << made.error().message() << '\n', 1;
        std::cout << *made << (key->empty() ? "" : " " + *engage::webhook_public_key(*key)) << '\n';
    }
    return 0;
}

int agents() {
    const engage::UserAgents known;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << known.is_crawler(line) << ' ' << engage::name(known.family(line)) << '\n';
    return 0;
}

}  // namespace

int main(int count, char** words) {
    const std::string_view task = count == 2 ? words[1] : "";
    if (task == "sign") return sign();
    if (task == "agents") return agents();
    std::cerr << "engage_tool sign|agents\n";
    return 2;
}
