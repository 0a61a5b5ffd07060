@echo off
rem The command line of the installed app, on its own binary.
set ELECTRON_RUN_AS_NODE=1
"%~dp0..\..\Axon.exe" "%~dp0..\app.asar\out\main\cli.js" %*
