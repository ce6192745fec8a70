#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "admin/scrape.hpp"

namespace chapar::admin {
namespace {

/// The fields of /proc/self/stat behind the name in parentheses (proc(5)): the first is field 3.
struct Stat {
    double threads = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
};

Stat read_stat() {
    std::ifstream in("/proc/self/stat");
    std::string text(std::istreambuf_iterator<char>(in), {});
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(text.substr(name_end + 1));
    std::string skipped;
    Stat out;
    for (int field = 3; field <= 24 && fields; ++field) {
        if (field == 20)
            fields >> out.threads;
        else if (field == 22)
            fields >> out.start_ticks;
        else if (field == 23)
            fields >> out.virtual_bytes;
        else if (field == 24)
            fields >> out.resident_pages;
        else
            fields >> skipped;
    }
    return out;
}

/// Seconds since the epoch at which the kernel's ticks began; /proc/stat says it too, but a sandbox hides that.
double boot_time() {
    timespec wall{}, up{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_BOOTTIME, &up);
    return static_cast<double>(wall.tv_sec - up.tv_sec) + static_cast<double>(wall.tv_nsec - up.tv_nsec) / 1e9;
}

double open_descriptors() {
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error))
        ++count;
    return std::max(0.0, count - 1);  // without the one that looks
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void add(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

}  // namespace

std::string process_metrics() {
    const auto stat = read_stat();
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    std::string out;
    add(out, "process_cpu_seconds_total", "counter", "User and system processor time.", cpu_seconds());
    add(out, "process_max_fds", "gauge", "The most file descriptors.", static_cast<double>(files.rlim_cur));
    add(out, "process_open_fds", "gauge", "Open file descriptors.", open_descriptors());
    add(out, "process_resident_memory_bytes", "gauge", "Memory that is in use.", stat.resident_pages * page);
    add(out, "process_start_time_seconds", "gauge", "When the process began.", boot_time() + stat.start_ticks / ticks);
    add(out, "process_threads", "gauge", "Threads.", stat.threads);
    add(out, "process_virtual_memory_bytes", "gauge", "Address space.", stat.virtual_bytes);
    return out;
}

}  // namespace chapar::admin
