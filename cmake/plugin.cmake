# chapar_plugin(NAME SOURCES files... [LINK libs...]): lib/chapar/plugins/NAME.so, exporting nothing but its entry
# point, and chapar_builtin_NAME, the same plugin as a static library whose entry point is chapar_builtin_NAME ('_' for '-').
# BUILT_IN: only that, for a plugin that the daemon brings along.
function(chapar_plugin name)
  cmake_parse_arguments(ARG "BUILT_IN" "" "SOURCES;LINK" ${ARGN})
  set(targets chapar_builtin_${name})
  add_library(chapar_builtin_${name} STATIC EXCLUDE_FROM_ALL ${ARG_SOURCES})
  if(NOT ARG_BUILT_IN)
    add_library(plugin_${name} MODULE ${ARG_SOURCES})
    list(PREPEND targets plugin_${name})
  endif()
  string(MAKE_C_IDENTIFIER ${name} identifier)
  target_compile_definitions(chapar_builtin_${name} PRIVATE CHAPAR_ENTRY=chapar_builtin_${identifier})
  foreach(target ${targets})
    target_link_libraries(${target} PRIVATE chapar_sdk chapar_plugin_flags ${ARG_LINK})
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON)
  endforeach()
  if(ARG_BUILT_IN)
    return()
  endif()
  target_link_options(plugin_${name} PRIVATE -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/plugin.map)
  if(NOT CHAPAR_SANITIZE)  # the sanitizers' symbols come from the host program
    target_link_options(plugin_${name} PRIVATE -Wl,--no-undefined)
  endif()
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/chapar/plugins)
endfunction()

# Warnings like everywhere, and what is shared, but no path to the daemon's own headers.
if(NOT TARGET chapar_plugin_flags)
  add_library(chapar_plugin_flags INTERFACE)
  target_compile_options(chapar_plugin_flags INTERFACE $<TARGET_PROPERTY:chapar_flags,INTERFACE_COMPILE_OPTIONS>)
  target_include_directories(chapar_plugin_flags INTERFACE ${PROJECT_SOURCE_DIR}/shared)
  target_link_libraries(chapar_plugin_flags INTERFACE Threads::Threads)
endif()
