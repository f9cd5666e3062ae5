# `cmake --install`: the program, and the library for find_package(caviar) with the public headers of include/caviar.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# What others link to: caviar::caviar is the whole library, without the command line.
add_library(caviar_api INTERFACE)
set_target_properties(caviar_api PROPERTIES EXPORT_NAME caviar)
target_link_libraries(caviar_api INTERFACE caviar_study caviar_model caviar_engine)

target_include_directories(caviar_core INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(caviar_core INTERFACE cxx_std_20)

set(libraries caviar_api)
foreach(folder core data cpu cuda cuda_runtime engine search model study)
  if(TARGET caviar_${folder})
    list(APPEND libraries caviar_${folder})
  endif()
endforeach()
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/caviar)
install(TARGETS ${libraries} EXPORT caviarTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT caviarTargets NAMESPACE caviar:: DESTINATION ${package} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/caviar DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/caviarConfig.cmake.in ${PROJECT_BINARY_DIR}/caviarConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/caviarConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/caviarConfig.cmake ${PROJECT_BINARY_DIR}/caviarConfigVersion.cmake DESTINATION ${package} COMPONENT development)

install(TARGETS caviar RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
