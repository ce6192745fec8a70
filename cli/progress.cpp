#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace chapar::cli {
namespace {

constexpr int width = 30;
constexpr std::chrono::milliseconds redraw{100};

}  // namespace

Progress::Progress(std::string label, long total, bool always)
    : label_(std::move(label)),
      total_(total),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      begun_(std::chrono::steady_clock::now()) {
    is_shown_ = is_terminal_ || always;
}

Progress::~Progress() {
    if (!is_shown_) return;
    draw(last_, note_);
    std::fputc('\n', stderr);
}

double Progress::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void Progress::update(long done, const std::string& note) {
    last_ = done;
    note_ = note;
    const auto now = std::chrono::steady_clock::now();
    // A log is not redrawn: there only the end is shown.
    if (!is_shown_ || !is_terminal_ || now - drawn_ < redraw) return;
    drawn_ = now;
    draw(done, note);
}

void Progress::draw(long done, const std::string& note) {
    std::string bar;
    if (total_ > 0) {
        const long filled = std::clamp<long>(done * width / total_, 0, width);
        for (long i = 0; i < width; ++i)
            bar += i < filled ? "█" : "░";
        bar = fmt::format(" {} {}/{}", bar, done, total_);
    } else {
        bar = fmt::format(" {}", done);
    }
    const double rate = seconds() > 0 ? static_cast<double>(done) / seconds() : 0;
    std::fputs(fmt::format("{}{}{}  {:.0f}/s{}{}{}", is_terminal_ ? "\r" : "", label_, bar, rate,
                           note.empty() ? "" : "  ", note, is_terminal_ ? "\x1b[K" : "")
                   .c_str(),
               stderr);
    std::fflush(stderr);
}

}  // namespace chapar::cli
