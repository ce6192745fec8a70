// The headers of a shared object, judged from the file: what the dynamic linker would follow must lie within it.
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "plugin/library.hpp"

namespace chapar::plugin {
namespace {

constexpr std::size_t most_segments = 64, most_entries = 4096;
constexpr std::uint64_t page = 4096, most_memory = std::uint64_t{1} << 30;

constexpr const char* cut_short =
    "is cut short or damaged: copy it again, whole, under another name and then rename it";

/// [begin, begin + size) lies within [0, end).
bool is_within(std::uint64_t begin, std::uint64_t size, std::uint64_t end) {
    return begin <= end && size <= end - begin;
}

/// Reads one file; `why` stays empty while everything is as it should be.
class Object {
  public:
    explicit Object(int file) : file_(file) {}
    std::string judge();

  private:
    bool read(void* to, std::size_t size, std::uint64_t offset) const {
        return is_within(offset, size, size_) &&
               ::pread(file_, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
    }
    std::string judge_header();
    std::string judge_segments();
    std::string judge_permissions() const;
    std::string judge_dynamic() const;
    std::string judge_load(const Elf64_Phdr& segment);
    bool is_mapped(std::uint64_t address, std::uint64_t size) const;

    int file_;
    std::uint64_t size_ = 0, end_of_memory_ = 0;
    Elf64_Ehdr header_{};
    std::vector<Elf64_Phdr> segments_;
};

bool is_for_this_machine(const Elf64_Ehdr& header) {
    Elf64_Ehdr own{};
    const File self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    return ::pread(self.get(), &own, sizeof own, 0) != static_cast<ssize_t>(sizeof own) ||
           (own.e_machine == header.e_machine && own.e_ident[EI_DATA] == header.e_ident[EI_DATA]);
}

std::string Object::judge_header() {
    if (!read(&header_, sizeof header_, 0) || std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0)
        return "is not an ELF shared object";
    if (header_.e_ident[EI_CLASS] != ELFCLASS64 || header_.e_type != ET_DYN ||
        header_.e_phentsize != sizeof(Elf64_Phdr)) {
        return "is not a 64-bit shared object: build it with -shared -fPIC";
    }
    if (!is_for_this_machine(header_)) return "is built for another machine";
    if (header_.e_phnum == 0 || header_.e_phnum > most_segments || header_.e_phoff < sizeof header_) return cut_short;
    // The section headers stand last: a copy that broke off has none.
    const std::uint64_t sections = std::uint64_t{header_.e_shnum} * header_.e_shentsize;
    if (header_.e_shoff != 0 && !is_within(header_.e_shoff, sections, size_)) return cut_short;
    segments_.resize(header_.e_phnum);
    return read(segments_.data(), segments_.size() * sizeof(Elf64_Phdr), header_.e_phoff) ? "" : cut_short;
}

/// Loadable segments come by address and do not overlap; the linker reserves from the first to the last.
std::string Object::judge_load(const Elf64_Phdr& segment) {
    const bool is_aligned = segment.p_align >= page && (segment.p_align & (segment.p_align - 1)) == 0 &&
                            segment.p_align <= most_memory && segment.p_vaddr % page == segment.p_offset % page;
    const bool is_small = segment.p_vaddr <= most_memory && segment.p_memsz <= most_memory;
    if (!is_aligned || !is_small || segment.p_filesz > segment.p_memsz || segment.p_vaddr < end_of_memory_)
        return cut_short;
    end_of_memory_ = segment.p_vaddr + segment.p_memsz;
    return "";
}

std::string Object::judge_segments() {
    for (const Elf64_Phdr& segment : segments_) {
        if (!is_within(segment.p_offset, segment.p_filesz, size_)) return cut_short;
        if (segment.p_type != PT_LOAD) continue;
        if (std::string why = judge_load(segment); !why.empty()) return why;
    }
    for (const Elf64_Phdr& segment : segments_) {
        const bool is_read = segment.p_type == PT_DYNAMIC || segment.p_type == PT_GNU_RELRO ||
                             segment.p_type == PT_TLS || segment.p_type == PT_NOTE || segment.p_type == PT_GNU_EH_FRAME;
        if (is_read && segment.p_filesz > 0 && !is_mapped(segment.p_vaddr, segment.p_filesz)) return cut_short;
    }
    return "";
}

std::string Object::judge_permissions() const {
    bool says_stack = false;
    for (const Elf64_Phdr& segment : segments_) {
        const bool is_executable = (segment.p_flags & PF_X) != 0;
        if (segment.p_type == PT_GNU_STACK) says_stack = !is_executable;
        if (segment.p_type == PT_LOAD && is_executable && (segment.p_flags & PF_W) != 0)
            return "has memory that is writable and executable at once";
    }
    return says_stack ? ""
                      : "asks for an executable stack, which the daemon does not give: link it with -z noexecstack";
}

/// Within one loadable segment.
bool Object::is_mapped(std::uint64_t address, std::uint64_t size) const {
    return std::ranges::any_of(segments_, [&](const Elf64_Phdr& segment) {
        return segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
               is_within(address - segment.p_vaddr, size, segment.p_memsz);
    });
}

/// The tables of the dynamic section are where memory is, as long as they say.
std::string Object::judge_dynamic() const {
    const auto at = std::ranges::find(segments_, Elf64_Word{PT_DYNAMIC}, &Elf64_Phdr::p_type);
    if (at == segments_.end()) return "is not a 64-bit shared object: build it with -shared -fPIC";
    std::vector<Elf64_Dyn> entries(std::min<std::size_t>(at->p_filesz / sizeof(Elf64_Dyn), most_entries));
    if (!read(entries.data(), entries.size() * sizeof(Elf64_Dyn), at->p_offset)) return cut_short;
    const auto end = std::ranges::find(entries, Elf64_Sxword{DT_NULL}, &Elf64_Dyn::d_tag);
    if (end == entries.end()) return cut_short;
    const auto value = [&](Elf64_Sxword tag) {
        const auto found = std::find_if(entries.begin(), end, [&](const Elf64_Dyn& d) { return d.d_tag == tag; });
        return found == end ? std::uint64_t{0} : found->d_un.d_val;
    };
    struct Table {
        Elf64_Sxword address, size;
    };
    constexpr std::array<Table, 6> tables = {Table{DT_STRTAB, DT_STRSZ},
                                             Table{DT_RELA, DT_RELASZ},
                                             Table{DT_JMPREL, DT_PLTRELSZ},
                                             Table{DT_INIT_ARRAY, DT_INIT_ARRAYSZ},
                                             Table{DT_FINI_ARRAY, DT_FINI_ARRAYSZ},
                                             Table{DT_RELR, DT_RELRSZ}};
    const bool are_whole = std::ranges::all_of(tables, [&](const Table& table) {
        return value(table.size) == 0 || is_mapped(value(table.address), value(table.size));
    });
    constexpr std::array<Elf64_Sxword, 7> pointers = {DT_SYMTAB, DT_HASH,    DT_GNU_HASH, DT_VERSYM,
                                                      DT_VERDEF, DT_VERNEED, DT_PLTGOT};
    const bool are_there = std::ranges::all_of(
        pointers, [&](Elf64_Sxword tag) { return value(tag) == 0 || is_mapped(value(tag), sizeof(std::uint64_t)); });
    const bool is_linked = value(DT_STRTAB) != 0 && value(DT_STRSZ) != 0 && value(DT_SYMTAB) != 0;
    return are_whole && are_there && is_linked ? "" : cut_short;
}

std::string Object::judge() {
    struct stat info{};
    if (::fstat(file_, &info) != 0) return cut_short;
    size_ = static_cast<std::uint64_t>(info.st_size);
    for (const auto part : {&Object::judge_header, &Object::judge_segments})
        if (std::string why = (this->*part)(); !why.empty()) return why;
    for (const auto part : {&Object::judge_permissions, &Object::judge_dynamic})
        if (std::string why = (this->*part)(); !why.empty()) return why;
    return "";
}

}  // namespace

Result<void> check_object(int file, const std::string& path) {
    if (const std::string why = Object(file).judge(); !why.empty()) return fail(Code::refused, path + " " + why);
    return {};
}

}  // namespace chapar::plugin
