// link: chapar_bounce
// Judges each mail of a folder again and again: bounce_micro FOLDER ROUNDS. Prints one JSON object: the rate, the CPU
// of one mail, and what each mail was found to be.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "bounce/judge.hpp"

namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

std::map<std::string, std::string> mails_of(const char* folder) {
    std::map<std::string, std::string> mails;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".eml") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        mails[entry.path().stem().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return mails;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + '"';
}

std::string found_text(const chapar::bounce::Finding& found) {
    std::string out = "{\"kind\":" + quoted(std::string(chapar::bounce::name(found.kind))) + ",\"about\":[";
    for (std::size_t i = 0; i < found.recipients.size(); ++i)
        out += (i == 0 ? "" : ",") + quoted(found.recipients[i].address);
    return out + "]}";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto mails = mails_of(argv[1]);
    const int rounds = std::atoi(argv[2]);
    const chapar::bounce::Judgement by{chapar::bounce::shipped_rules(), {}};
    std::string found;
    for (const auto& [name, mail] : mails)
        found += (found.empty() ? "" : ",") + quoted(name) + ':' + found_text(chapar::bounce::judge(mail, by));
    const double cpu = cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    std::size_t kept = 0;
    for (int round = 0; round < rounds; ++round)
        for (const auto& [name, mail] : mails)
            kept += chapar::bounce::judge(mail, by).recipients.size();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double count = static_cast<double>(mails.size()) * rounds;
    std::printf("{\"mails\":%zu,\"rate\":%.1f,\"cpu_us\":%.2f,\"kept\":%zu,\"found\":{%s}}\n", mails.size(),
                count / seconds, (cpu_seconds() - cpu) / count * 1e6, kept, found.c_str());
}
