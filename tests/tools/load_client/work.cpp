#include "work.hpp"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace load {
namespace {

constexpr std::string_view token_mark = "@TOKEN_32_HEX_DIGITS_GO_IN_HERE@", number_mark = "@NUMBER@@@";

std::vector<std::size_t> places_of(std::string_view text, std::string_view mark) {
    std::vector<std::size_t> out;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
        out.push_back(at);
    return out;
}

float percentile(std::vector<float>& sorted, double part) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

double now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Work::Work(std::string message_template, std::uint64_t messages, std::uint64_t seed)
    : text_(std::move(message_template)),
      token_places_(places_of(text_, token_mark)),
      number_places_(places_of(text_, number_mark)),
      messages_(messages),
      random_(seed) {
    latency_ms.reserve(messages);
}

std::string_view Work::next() {
    if (given_out()) return {};
    std::array<char, 33> token{};
    std::snprintf(token.data(), token.size(), "%016llx%016llx", static_cast<unsigned long long>(random_()),
                  static_cast<unsigned long long>(random_()));
    std::array<char, 11> number{};
    std::snprintf(number.data(), number.size(), "%010llu", static_cast<unsigned long long>(given_++ % 10'000'000'000));
    for (auto at : token_places_)
        text_.replace(at, 32, token.data(), 32);
    for (auto at : number_places_)
        text_.replace(at, 10, number.data(), 10);
    return text_;
}

std::string Work::report(double seconds) {
    std::sort(latency_ms.begin(), latency_ms.end());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    std::array<char, 400> out{};
    std::snprintf(out.data(), out.size(),
                  "{\"accepted\":%llu,\"refused\":%llu,\"errors\":%llu,\"bytes\":%zu,\"seconds\":%.6f,\"rate\":%.1f,"
                  "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"client_cpu\":%.3f}",
                  static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(refused),
                  static_cast<unsigned long long>(errors), text_.size(), seconds,
                  static_cast<double>(accepted) / seconds, static_cast<double>(percentile(latency_ms, 0.5)),
                  static_cast<double>(percentile(latency_ms, 0.99)),
                  static_cast<double>(latency_ms.empty() ? 0 : latency_ms.back()), cpu);
    return out.data();
}

}  // namespace load
