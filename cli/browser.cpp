#include "cli/browser.hpp"

#include "cli/command.hpp"
#include "render/child_process.hpp"
#include "render/liquid/liquid.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace chapar::cli {

namespace {

constexpr std::string_view style =
    "body{margin:0;padding:24px;background:#8a8f98;font:15px/1.5 system-ui,sans-serif}"
    "section{background:#fff;border-radius:8px;padding:12px 16px;margin:0 0 16px;max-width:1040px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}dt{color:#6b7280}dd{margin:0}"
    ".frames{display:flex;gap:16px;align-items:flex-start;flex-wrap:wrap;margin:0 0 16px}"
    "iframe{border:0;border-radius:8px;background:#fff;height:900px}"
    "pre{white-space:pre-wrap;margin:0;font:14px/1.6 ui-monospace,monospace}";

std::string escaped(std::string_view text) {
    std::string out;
    liquid::escape_html(text, out);
    return out;
}

std::string page_of(const std::string& name, const std::string& channel, const render::Rendered& rendered) {
    std::string headers, html, text;
    for (const auto& [part, value] : rendered.parts) {
        if (part == "html") {
            html = value;
        } else if (part == "text") {
            text = value;
        } else {
            headers += fmt::format("<dt>{}</dt><dd dir=\"auto\">{}</dd>", escaped(part), escaped(value));
        }
    }
    std::string page = fmt::format(
        "<!doctype html>\n<meta charset=\"utf-8\"><title>{} {}</title><style>{}</style>\n<section><dl><dt>template</dt>"
        "<dd>{}, {}{}{}</dd>{}</dl></section>\n",
        escaped(name), escaped(channel), style, escaped(name), escaped(channel), rendered.locale.empty() ? "" : ", ",
        escaped(rendered.locale), headers);
    if (!html.empty()) {
        page += "<div class=\"frames\">";
        for (const int width : {600, 375})
            // Nothing in a mail runs; a sandbox keeps it so.
            page += fmt::format("<iframe sandbox=\"allow-popups\" width=\"{}\" srcdoc=\"{}\"></iframe>", width,
                                escaped(html));
        page += "</div>\n";
    }
    return page + fmt::format("<section dir=\"auto\"><pre>{}</pre></section>\n", escaped(text));
}

std::string write_page(const std::string& page) {
    std::error_code ignored;
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    const std::filesystem::path folder = runtime != nullptr && std::filesystem::is_directory(runtime, ignored)
                                             ? std::filesystem::path(runtime)
                                             : std::filesystem::temp_directory_path();
    std::string path = (folder / "chapar-preview-XXXXXX.html").string();
    const int fd = mkstemps(path.data(), static_cast<int>(std::string_view(".html").size()));
    if (fd < 0) return {};
    std::size_t done = 0;
    while (done < page.size()) {
        const ssize_t n = write(fd, page.data() + done, page.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        done += static_cast<std::size_t>(n);
    }
    close(fd);
    return done == page.size() ? path : std::string{};
}

bool has_display() {
    for (const char* name : {"WAYLAND_DISPLAY", "DISPLAY"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
    return false;
}

}  // namespace

int open_preview(const std::string& name, const std::string& channel, const render::Rendered& rendered) {
    const std::string path = write_page(page_of(name, channel, rendered));
    if (path.empty()) {
        std::fprintf(stderr, "chapar render: the preview can't be written: %s\n", std::strerror(errno));
        return Exit::failed;
    }
    std::printf("%s\n", path.c_str());
    const char* search = std::getenv("PATH");
    const std::string opener = render::find_program("xdg-open", search == nullptr ? "/usr/bin:/bin" : search);
    if (!has_display() || opener.empty()) return Exit::ok;
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry)
        environment.emplace_back(*entry);
    constexpr auto patience = std::chrono::seconds(30);
    const auto opened = render::run_child(opener, {path}, environment, {}, {.time = patience});
    if (opened && opened->status == 0) return Exit::ok;
    std::fprintf(stderr, "chapar render: xdg-open %s\n",
                 opened ? fmt::format("ended with status {}", opened->status).c_str() : opened.error().c_str());
    return Exit::ok;
}

}  // namespace chapar::cli
