// link: chapar_policy
// What a decision's fields cost: read from the body, as each lease did, against the column that is stored beside it;
// and what the column costs when a message is accepted. usage: fields_micro [ROUNDS]

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/json_parser.hpp"
#include "policy/request_fields.hpp"

namespace {

using namespace chapar;

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Microseconds of CPU that one call takes.
template <class What>
double cost(int rounds, What what) {
    const double begin = cpu_seconds();
    for (int i = 0; i < rounds; ++i)
        what();
    return (cpu_seconds() - begin) / rounds * 1e6;
}

struct Case {
    const char* name;
    std::string body;
    const char* channel;
    const char* address;
};

std::vector<Case> cases() {
    const std::string otp = R"({"to":{"phone":"+989121234567"},"class":"otp","content":{"sms":{"text":"1234"}},)"
                            R"("idempotency_key":"order-1"})";
    const std::string offer =
        R"({"to":{"recipient":"c1"},"template":"welcome","class":"marketing","campaign":"spring","category":"offers",)"
        R"("household":"h1","value":12.5,"dedupe_key":"spring-1","dedupe_window_ms":86400000,"tags":["a","b"],)"
        R"("data":{"name":"Sara","order":{"id":"A-1077","items":[{"sku":"1","n":2},{"sku":"2","n":1}]}},"profile":)"
        R"({"email":"c1@example.org","phone":"0912 123 4567","timezone":"Asia/Tehran","device_timezone":"Asia/Tehran",)"
        R"("quiet":{"weekly":{"every":["22:00-09:00"]}},"attributes":{"city":"Tehran","points":120,"tier":"gold"}}})";
    const std::string mail =
        R"({"to":{"email":"c1@example.org"},"from":"Shop <shop@example.org>","class":"transactional",)"
        R"("content":{"email":{"subject":"Invoice","html":")" +
        std::string(20'000, 'h') +
        R"("}},"attachments":[{"name":"a.pdf","content_type":)"
        R"("application/pdf","content":")" +
        std::string(200'000, 'A') + R"("}]})";
    return {{"SMS, ready-made", otp, "sms", "+989121234567"},
            {"template and profile", offer, "email", "c1@example.org"},
            {"mail, 200 kB attached", mail, "email", "c1@example.org"}};
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 20'000;
    const std::vector<std::string> paths{"order.id"};
    std::printf("| | body, bytes | column, bytes | from the body, us | from the column, us | at acceptance, us |\n");
    std::printf("|---|---|---|---|---|---|\n");
    std::size_t sink = 0;
    for (const auto& [name, body, channel, address] : cases()) {
        const std::vector<model::PlanStep> plan{{channel, address, "", "", "fa"}};
        const auto column = model::encode(policy::read_fields(body, "IR", paths), plan);
        json::Parser parser;
        simdjson::dom::element document;
        if (parser.parse(body, document) != simdjson::SUCCESS) return 1;
        const double accept = cost(
            rounds, [&] { sink += model::encode(policy::read_fields(document, nullptr, "IR", paths), plan).size(); });
        const double before = cost(rounds, [&] { sink += policy::read_fields(body, "IR", paths).category.size(); });
        const double after = cost(rounds, [&] { sink += model::decode_policy_fields(column, plan)->category.size(); });
        std::printf("| %s | %zu | %zu | %.2f | %.2f | %.2f |\n", name, body.size(), column.size(), before, after,
                    accept);
    }
    return sink == 0 ? 1 : 0;
}
